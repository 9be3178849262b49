/** What a new environment's id is called in code. */
import { UsageError } from "../command.js";
import { importedNames } from "./templates.js";

export interface Names {
  /** "parking-lot" */
  id: string;
  /** "parkingLot": its definition. */
  constant: string;
  /** "ParkingLot" */
  type: string;
}

/** Words that cannot name a constant of a module. */
const reserved =
  "await break case catch class const continue debugger default delete do else enum export extends false " +
  "finally for function if implements import in instanceof interface let new null package private protected " +
  "public return static super switch this throw true try typeof undefined var void while with yield arguments eval";

/** @throws UsageError for an id that is not in kebab case, or whose names are taken in the file */
export function namesOf(id: string): Names {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(id)) {
    throw new UsageError(
      `a name is in kebab case, such as parking-lot: lower-case letters, digits, hyphens; not ${id}`,
    );
  }
  const type = id.replaceAll(/(?:^|-)([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
  const constant = type.charAt(0).toLowerCase() + type.slice(1);
  const taken = [...reserved.split(" "), ...importedNames, "Episode", "about"];
  if ([constant, type, `${type}Options`].some((name) => taken.includes(name))) {
    throw new UsageError(`${id} means something else in TypeScript or in the file: choose another name`);
  }
  return { id, constant, type };
}
