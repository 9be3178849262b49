import { learns } from "./learns.js";

learns("t-maze");
