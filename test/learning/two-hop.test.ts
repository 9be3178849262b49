import { learns } from "./learns.js";

learns("two-hop");
