import { learns } from "./learns.js";

learns("weather");
