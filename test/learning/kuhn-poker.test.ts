import { becomesLessExploitable } from "./learns.js";

becomesLessExploitable("kuhn-poker");
