import { learns } from "./learns.js";

learns("digit-sum");
