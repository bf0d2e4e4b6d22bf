import { describe, expect, it } from "@jest/globals";
import { allItemKinds, limitsTable } from "@lanyard/contracts";
import { readTopology } from "@lanyard/local-cloud";
import { readText } from "../repository/repository-files.ts";

const page = readText("docs/data-model.md");
const topology = readTopology();

const sectionOf = (name: string): string => page.split(`\n### ${name}\n`)[1]?.split(/\n###? /)[0] ?? "";

describe("the page of the data model", () => {
  it.each(allItemKinds.map((kind) => [kind.name, kind] as const))("says what a %s is", (name, kind) => {
    const section = sectionOf(name);
    const key = (kind.key as (...parts: string[]) => { pk: string; sk: string })(
      ...kind.keyOf.map((part) => `{${part}}`),
    );

    expect(section).toContain(`- Table \`${kind.table}\`, key \`${key.pk}\` / \`${key.sk}\``);
    expect(section).toContain(kind.summary);
    expect(section).toContain(`- Expires: ${kind.expiry}`);
    for (const { name: index } of kind.indexes ?? []) expect(section).toContain(`through the index \`${index}\``);
    for (const field of Object.keys(kind.schema.shape)) expect(section).toContain(`| \`${field}\``);
  });

  it("lists every table, queue and topic", () => {
    for (const { name } of [...topology.tables, ...topology.queues, ...topology.topics]) {
      expect(page).toMatch(new RegExp(`^\\| \`${name}\` \\|`, "m"));
    }
    for (const { deadLetterQueue } of topology.queues) expect(page).toContain(`\`${deadLetterQueue.name}\``);
  });
});

describe("a kind of item", () => {
  const accessTo = (name: string) => topology.tables.find((table) => table.name === name)?.access ?? {};

  it.each(allItemKinds.map((kind) => [kind.name, kind] as const))(
    "%s is written and read by services that may do so",
    (_, { table, writers, readers }) => {
      const mayNot = [
        ...writers.filter((service) => !accessTo(table)[service]?.includes("write")),
        ...readers.filter((service) => !accessTo(table)[service]?.includes("read")),
      ];
      expect(mayNot).toEqual([]);
    },
  );

  it.each(allItemKinds.map((kind) => [kind.name, kind] as const))("%s names every part of its key", (_, kind) => {
    expect(kind.keyOf.length).toBe(kind.key.length);
  });
});

describe("a service", () => {
  it("may read only tables of which it reads something", () => {
    const ours = topology.tables.filter(({ name }) => name !== limitsTable.name);
    const unused = ours.flatMap(({ name, access }) =>
      Object.keys(access)
        .filter(
          (service) => !allItemKinds.some((kind) => kind.table === name && kind.readers.includes(service as "gateway")),
        )
        .map((service) => `${service} reads nothing in ${name}`),
    );
    expect(unused).toEqual([]);
  });
});
