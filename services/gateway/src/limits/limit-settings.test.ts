import { describe, expect, it } from "@jest/globals";
import { limitNames, limits } from "@lanyard/contracts";
import { defaultLimits, parseLimits } from "./limit-settings.ts";

const mistakeOf = (text: string): string => {
  try {
    parseLimits(text);
    return "none";
  } catch (error) {
    return error instanceof TypeError ? error.message : "another error";
  }
};

describe("the settings of limits", () => {
  it("are those of the contracts when nothing is set", () => {
    for (const name of limitNames) expect(limits[name]).toMatchObject(defaultLimits[name]);
  });

  it("change what they name, and nothing else", () => {
    expect(parseLimits("anonymous=1/2, verify=10000000/604800")).toEqual({
      ...defaultLimits,
      anonymous: { quota: 1, windowSeconds: 2 },
      verify: { quota: 10_000_000, windowSeconds: 604_800 },
    });
  });

  it("may name all", () => {
    expect(
      parseLimits(
        "anonymous=120/600,mailPerAddressAndClient=5/900,mailPerAddressAndNetwork=10/1800,mailPerClient=60/900,mailPerAddress=30/3600,verify=60/600",
      ),
    ).toEqual(defaultLimits);
  });

  it.each([
    ["", "entry 1: must be name=quota/seconds"],
    ["anonymous", "entry 1: must be name=quota/seconds"],
    ["anonymous=120", "entry 1: must be name=quota/seconds"],
    ["anonymous=120/", "entry 1: must be name=quota/seconds"],
    ["anonymous=-1/600", "entry 1: must be name=quota/seconds"],
    ["anonymous=1.5/600", "entry 1: must be name=quota/seconds"],
    ["anonymous=off", "entry 1: must be name=quota/seconds"],
    ["verify=1/1,", "entry 2: must be name=quota/seconds"],
    ["everything=1/1", `entry 1: there are only ${limitNames.join(", ")}`],
    ["verify=1/1,verify=1/1", "entry 2: verify stands twice"],
    ["verify=0/600", "entry 1: the quota of verify must be 1 to 10000000"],
    ["verify=10000001/600", "entry 1: the quota of verify must be 1 to 10000000"],
    ["verify=1/0", "entry 1: the window of verify must be 1 to 604800 seconds"],
    ["verify=1/604801", "entry 1: the window of verify must be 1 to 604800 seconds"],
  ])("refuse %j: %s", (text, mistake) => {
    expect(mistakeOf(text)).toContain(mistake);
  });

  it("say every mistake at once", () => {
    expect(mistakeOf("a=1/1,verify=0/1").split("; ")).toHaveLength(2);
  });
});
