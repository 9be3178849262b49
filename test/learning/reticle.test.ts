import { learns } from "./learns.js";

learns("reticle");
