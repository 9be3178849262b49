/**
 * Finding what a cell imports. A notebook may lie in any folder: what cannot be found from there is looked
 * for from the kernel's own installation (the library, tfjs, danfojs-node, plotly.js, tslab, Node's types).
 */
import { ts, type TS } from "./typescript.js";

type Host = Pick<
  TS.CompilerHost,
  "resolveModuleNameLiterals" | "resolveTypeReferenceDirectiveReferences" | "getModuleResolutionCache"
>;

export function resolutionHost(
  options: TS.CompilerOptions,
  { cwd, installation }: { cwd: string; installation: string },
  files: Pick<TS.ModuleResolutionHost, "fileExists" | "readFile">,
): Required<Host> {
  const host: TS.ModuleResolutionHost = {
    ...files,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    ...(ts.sys.realpath ? { realpath: ts.sys.realpath } : {}),
    useCaseSensitiveFileNames: ts.sys.useCaseSensitiveFileNames,
    getCurrentDirectory: () => cwd,
  };
  const canonical = (file: string) => (ts.sys.useCaseSensitiveFileNames ? file : file.toLowerCase());
  const cache = ts.createModuleResolutionCache(cwd, canonical, options);
  const typeCache = ts.createTypeReferenceDirectiveResolutionCache(
    cwd,
    canonical,
    options,
    cache.getPackageJsonInfoCache(),
  );
  const found = new Map<string, TS.ResolvedModuleWithFailedLookupLocations>();
  const fallback = `${installation}/__notebook__.ts`;

  function resolve(name: string, containingFile: string): TS.ResolvedModuleWithFailedLookupLocations {
    const key = `${containingFile.slice(0, containingFile.lastIndexOf("/"))}\0${name}`;
    const known = found.get(key);
    if (known) return known;
    let result = ts.resolveModuleName(name, containingFile, options, host, cache);
    const bare = !/^(?:\.|\/|[a-z]:|file:)/i.test(name);
    if (!result.resolvedModule && bare) {
      const own = ts.resolveModuleName(name, fallback, options, host, cache);
      if (own.resolvedModule) result = own;
    }
    // A miss is not remembered: the package or file may be there when the cell is run again.
    if (result.resolvedModule) found.set(key, result);
    else cache.clear();
    return result;
  }

  return {
    resolveModuleNameLiterals: (literals, containingFile) =>
      literals.map((literal) => resolve(literal.text, containingFile)),
    resolveTypeReferenceDirectiveReferences: (references, containingFile) =>
      references.map((reference) => {
        const name = typeof reference === "string" ? reference : reference.fileName;
        const resolved = ts.resolveTypeReferenceDirective(
          name,
          containingFile,
          options,
          host,
          undefined,
          typeCache,
        );
        return resolved.resolvedTypeReferenceDirective
          ? resolved
          : ts.resolveTypeReferenceDirective(name, fallback, options, host, undefined, typeCache);
      }),
    // Without it TypeScript reads the package.json above every file again for every program.
    getModuleResolutionCache: () => cache,
  };
}
