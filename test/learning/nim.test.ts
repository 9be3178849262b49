import { learns } from "./learns.js";

learns("nim");
