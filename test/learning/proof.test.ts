import { learns } from "./learns.js";

learns("proof");
