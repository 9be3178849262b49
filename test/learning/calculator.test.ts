import { learns } from "./learns.js";

learns("calculator");
