import { learns } from "./learns.js";

learns("countdown");
