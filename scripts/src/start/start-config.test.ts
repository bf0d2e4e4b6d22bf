import { describe, expect, it } from "@jest/globals";
import { StartMistake, startConfig, startHelp } from "./start-config.ts";

describe("npm start", () => {
  it("takes port 8080 and .lanyard unless told otherwise", () => {
    expect(startConfig([], { PORT: "", LANYARD_DATA_DIR: "" })).toEqual({ gatewayPort: 8080, dataDir: ".lanyard" });
    expect(startConfig([], { PORT: "0", LANYARD_DATA_DIR: "memory" })).toEqual({ gatewayPort: 0, dataDir: "memory" });
  });

  it("tells its variables when asked for help", () => {
    expect(startConfig(["--help"], { PORT: "wrong" })).toBe("help");
    for (const name of ["PORT", "LANYARD_DATA_DIR", "LANYARD_PREFIX", "LOG_LEVEL"]) expect(startHelp).toContain(name);
  });

  it.each(["http", "-1", "65536", "80 80", "8080.5"])("refuses the port %j", (PORT) => {
    expect(() => startConfig([], { PORT })).toThrow(`PORT must be a number`);
  });

  it("refuses what it does not know", () => {
    expect(() => startConfig(["--prot=1"], {})).toThrow(StartMistake);
  });

  it("refuses to be production", () => {
    expect(() => startConfig([], { LANYARD_MODE: "production" })).toThrow("npm start is for development");
  });
});
