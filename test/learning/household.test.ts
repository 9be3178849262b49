import { learns } from "./learns.js";

learns("household");
