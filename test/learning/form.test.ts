import { learns } from "./learns.js";

learns("form");
