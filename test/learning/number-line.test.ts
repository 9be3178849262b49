import { learns } from "./learns.js";

learns("number-line");
