import { learns } from "./learns.js";

learns("tic-tac-toe");
