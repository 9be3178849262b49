import { learns } from "./learns.js";

learns("program");
