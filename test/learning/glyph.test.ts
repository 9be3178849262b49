import { learns } from "./learns.js";

learns("glyph");
