import { describe, expect, it } from "@jest/globals";
import { issuerConfig, publicUrlMistake, publicUrlNeeded, readConfig } from "@lanyard/service";
import { parse } from "yaml";
import { readText, repositoryFiles } from "../repository/repository-files.ts";

interface ComposeService {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly target: string };
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly restart: string;
  readonly stop_grace_period?: string;
}

const text = readText("docker-compose.yml");
const { services } = parse(text, { merge: true }) as { services: Readonly<Record<string, ComposeService>> };
const { provision, localstack, mailbox, ...lanyard } = services;
const named = Object.entries(lanyard);

/** As Docker Compose reads it when nothing is set: `${PORT:-8080}` is 8080. */
const withDefaults = (value: string): string => value.replaceAll(/\$\{\w+:-([^}]*)\}/g, "$1");
const environmentOf = ({ environment }: ComposeService): Record<string, string> =>
  Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, withDefaults(value)]));

describe("docker-compose.yml", () => {
  it("runs every service that there is, each from its own main.ts", () => {
    const mains = repositoryFiles.filter((file) => /^services\/[^/]+\/src\/main\.ts$/.test(file));
    const commands = Object.fromEntries(named.map(([name, { command }]) => [name, command]));
    expect(commands).toEqual(Object.fromEntries(mains.map((main) => [main.split("/")[1], [main]])));
  });

  it("names LocalStack by its version", () => {
    expect(localstack?.image).toMatch(/^localstack\/localstack:\d+\.\d+\.\d+$/);
    expect(Object.values(services).flatMap(({ image }) => image ?? [])).toEqual([localstack?.image]);
  });

  it("publishes ports on this machine alone", () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.map(withDefaults).sort()).toEqual([
      "127.0.0.1:4566:4566",
      "127.0.0.1:8025:8025",
      "127.0.0.1:8080:8080",
    ]);
  });

  it("provisions a healthy LocalStack, once, before anything else", () => {
    expect(provision?.depends_on).toEqual({ localstack: { condition: "service_healthy" } });
    expect(provision?.restart).toBe("no");
    expect(provision?.build?.target).toBe("provision");
    expect(localstack?.healthcheck?.test.join(" ")).toContain("http://127.0.0.1:4566/_localstack/health");
  });
});

describe("the mailbox", () => {
  it("is where mails go, from the image that has the embedded cloud", () => {
    const main = readText("libs/local-cloud/src/mailbox-main.ts");
    expect(mailbox?.build?.target).toBe("provision");
    expect(mailbox?.command).toEqual(["libs/local-cloud/src/mailbox-main.ts"]);
    expect(lanyard["notification"]?.environment["LANYARD_SMTP_URL"]).toBe("smtp://mailbox:1025?tls=none");
    expect(main).toContain("smtpPort: 1025, httpPort: 8025");
    expect(mailbox?.healthcheck?.test.join(" ")).toContain("http://127.0.0.1:8025/readyz");
  });
});

/** What a service is given beyond what all are. */
const ofOneService: Readonly<Record<string, readonly string[]>> = { notification: ["LANYARD_SMTP_URL"] };

describe.each(named)("the container of %s", (name, service) => {
  it("asks /readyz whether it is healthy, with nothing but Node", () => {
    const [kind, program, flag, script, ...rest] = service.healthcheck?.test ?? [];
    expect([kind, program, flag, rest]).toEqual(["CMD", "node", "-e", []]);
    expect(script).toContain(`fetch("http://127.0.0.1:${service.environment["PORT"]}/readyz")`);
    // Throws when it is no JavaScript; it is not run.
    expect(new Function(String(script))).toBeInstanceOf(Function);
  });

  it("starts after the provisioner has succeeded, and again when it ends by itself", () => {
    expect(service.depends_on).toEqual({ provision: { condition: "service_completed_successfully" } });
    expect(service.restart).toBe("unless-stopped");
    expect(service.build).toEqual({ context: ".", target: "service" });
  });

  it("is given variables that services know, in production mode, and none twice", () => {
    const environment = environmentOf(service);
    const ofTheSdk = ["AWS_ENDPOINT_URL", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    const known = [...Object.keys(issuerConfig.shape), ...ofTheSdk, ...(ofOneService[name] ?? [])];
    expect(Object.keys(environment).filter((name) => !known.includes(name))).toEqual([]);
    const config = readConfig(issuerConfig.refine(publicUrlNeeded, publicUrlMistake), environment);
    expect(config.LANYARD_MODE).toBe("production");
    expect(config.LANYARD_PUBLIC_URL).toBe("http://localhost:8080");
  });

  it("has keys that say they are for development only", () => {
    const { LANYARD_SEALING_KEYS = "", LANYARD_DERIVATION_KEYS = "" } = service.environment;
    for (const keys of [LANYARD_SEALING_KEYS, LANYARD_DERIVATION_KEYS]) {
      expect(keys).toMatch(/^development-only:/);
      expect(Buffer.from(String(keys.split(":")[1]), "base64url").toString()).toMatch(/^lanyard-development-only-/);
    }
    expect(LANYARD_SEALING_KEYS).not.toBe(LANYARD_DERIVATION_KEYS);
  });

  it("has time to stop: ten seconds for open requests, the poll under way, and the work in hand", () => {
    const graceSeconds = Number(/^(\d+)s$/.exec(service.stop_grace_period ?? "")?.[1]);
    const workSeconds = 10;
    expect(graceSeconds).toBeGreaterThanOrEqual(
      10 + Number(service.environment["LANYARD_POLL_WAIT_SECONDS"]) + workSeconds,
    );
  });
});
