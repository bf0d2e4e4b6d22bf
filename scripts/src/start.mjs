// The door of `npm start`: plain JavaScript, so that a Node too old for anything else here can still say so.
const [major, minor] = process.versions.node.split(".").map(Number);

if (major < 22 || (major === 22 && minor < 13)) {
  console.error(`Lanyard needs Node 22.13 or newer; this is ${process.versions.node}.`);
  process.exitCode = 1;
} else if (process.features.typescript) {
  await import("./start.ts");
} else {
  // Node 22 before 22.18 runs TypeScript only when asked to. It replaces this process in all that can be seen of it.
  const { spawn } = await import("node:child_process");
  const flags = ["--experimental-strip-types", "--disable-warning=ExperimentalWarning"];
  const child = spawn(process.execPath, [...flags, ...process.argv.slice(1)], { stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  child.on("exit", (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128);
  });
}
