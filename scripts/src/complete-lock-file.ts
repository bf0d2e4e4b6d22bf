interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

const same = ["android", "darwin", "freebsd", "linux", "openharmony", "win32"];
const system: Readonly<Record<string, string>> = {
  ...Object.fromEntries(same.map((name) => [name, name])),
  windows: "win32",
};
const processor: Readonly<Record<string, string>> = { "64": "x64" };
const library: Readonly<Record<string, string>> = { gnu: "glibc", musl: "musl" };

/** Reads `…-linux-x64-musl` as the fields by which npm decides whether a package is for this machine. */
function platformOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | undefined {
  const words = name.split(/[/-]/);
  const at = words.findIndex((word) => system[word] !== undefined);
  const [os, cpu, abi] = words.slice(at);
  if (at < 0 || os === undefined || cpu === undefined) return undefined;
  const libc = os === "linux" && abi !== undefined ? library[abi] : undefined;
  return { os: [system[os] ?? os], cpu: [processor[cpu] ?? cpu], ...(libc !== undefined && { libc: [libc] }) };
}

/** Looks where Node would look: in the dependent's own node_modules, then in each one above. */
function isLocked(packages: LockFile["packages"], dependent: string, name: string): boolean {
  for (let folder = dependent; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("node_modules/") - 1))) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
  }
}

/**
 * Adds to a lock file the optional packages of other platforms that it names and does not list. A registry mirror that
 * carries one platform's binaries only makes `npm install` leave the others out, and `npm ci` then refuses everywhere. What is
 * added carries no integrity, since nobody here has seen the package: prefer an `npm install` from a complete registry.
 */
export function completeLockFile(lock: LockFile): { lock: LockFile; added: string[]; missing: string[] } {
  const packages: Record<string, LockedPackage> = { ...lock.packages };
  const added: string[] = [];
  const missing: string[] = [];
  for (const [dependent, { dev, optionalDependencies = {} }] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      if (isLocked(packages, dependent, name)) continue;
      const platform = platformOf(name);
      // What the project itself asks for has to exist: a version that no registry has is for people to mend.
      const isOurs = !dependent.includes("node_modules/");
      if (isOurs || platform === undefined || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) {
        missing.push(`${name}@${version}`);
        continue;
      }
      packages[`node_modules/${name}`] = {
        version,
        ...(dev === true && { dev }),
        optional: true,
        ...platform,
      } as LockedPackage;
      added.push(`${name}@${version}`);
    }
  }
  const sorted = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => a.localeCompare(b, "en")));
  return { lock: added.length === 0 ? lock : { ...lock, packages: sorted }, added, missing };
}
