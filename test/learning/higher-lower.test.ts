import { learns } from "./learns.js";

learns("higher-lower");
