import { dirname, relative, resolve, sep } from "node:path";

/**
 * The project's own bans. Each is a rule of its own (`lanyard/<name>`), so that a file can be excused from one and no
 * other, and each message names what to write instead. They look at syntax only: no type information, hence fast.
 */

const testFiles = ["**/*.test.ts"];
const testTools = ["libs/*/src/testing/**", "services/*/src/testing/**", "test/**"];
const entryPoints = ["**/main.ts", "**/*-main.ts"];

/** Reports every node that one of the selectors matches. */
const whereverFound = (selectors) => (report) =>
  Object.fromEntries(selectors.map((selector) => [selector, (node) => report(node)]));

/** Reports every import, re-export, dynamic import and import type whose `{ specifier, isTypeOnly, from }` is forbidden. */
const whenImporting = (isForbidden) => (report, from) => {
  const check = (node) => {
    const source = node.source ?? node.argument?.literal;
    const isTypeOnly = node.type === "TSImportType" || node.importKind === "type" || node.exportKind === "type";
    if (typeof source?.value === "string" && isForbidden({ specifier: source.value, isTypeOnly, from })) report(source);
  };
  return {
    ImportDeclaration: check,
    ExportNamedDeclaration: check,
    ExportAllDeclaration: check,
    ImportExpression: check,
    TSImportType: check,
  };
};

const isRelative = (specifier) => specifier.startsWith(".");

const workspaceOf = (file) =>
  /^(?:libs\/[^/]+|services\/[^/]+|scripts|test)(?=\/)/.exec(
    relative(import.meta.dirname, file)
      .split(sep)
      .join("/"),
  )?.[0];

const leavesItsWorkspace = ({ specifier, from }) => {
  if (!isRelative(specifier)) return false;
  const target = workspaceOf(resolve(dirname(from), specifier));
  return target !== undefined && target !== workspaceOf(from);
};

/** A string put together at run time: a template with substitutions or a concatenation, also inside a conditional. */
const isBuilt = (node) => {
  switch (node?.type) {
    case "TemplateLiteral":
      return node.expressions.length > 0;
    case "BinaryExpression":
      return node.operator === "+";
    case "ConditionalExpression":
      return isBuilt(node.consequent) || isBuilt(node.alternate);
    case "LogicalExpression":
      return isBuilt(node.left) || isBuilt(node.right);
    case "TSAsExpression":
    case "TSSatisfiesExpression":
    case "TSNonNullExpression":
      return isBuilt(node.expression);
    default:
      return false;
  }
};

const isExpressionName = (node, computed = false) =>
  /[eE]xpression$/.test((computed ? undefined : node?.name) ?? node?.value ?? "");

const whereExpressionsAreBuilt = (report) => {
  const check = (name, value) => name && isBuilt(value) && report(value);
  return {
    Property: (node) => check(isExpressionName(node.key, node.computed), node.value),
    PropertyDefinition: (node) => check(isExpressionName(node.key, node.computed), node.value),
    VariableDeclarator: (node) => check(isExpressionName(node.id), node.init),
    AssignmentPattern: (node) => check(isExpressionName(node.left), node.right),
    AssignmentExpression: (node) => {
      const name = node.left.property ?? node.left;
      if (!isExpressionName(name, node.left.computed)) return;
      if (node.operator === "+=") report(node);
      else check(true, node.right);
    },
  };
};

const processModules = "[source.value=/^(node:)?process$/]";
const cryptoModules = "[source.value=/^(node:)?crypto$/]";
const cryptoRandom = "/^(randomUUID|randomBytes|randomInt|randomFillSync|getRandomValues)$/";

/** @type {{ name: string, instead: string, files: string[], ignores?: string[], listen: Function }[]} */
export const bans = [
  {
    name: "no-process-env",
    instead: "Read the environment in main.ts and pass the value on as an argument.",
    files: ["**/*.ts"],
    ignores: [...entryPoints, ...testFiles, "scripts/src/*.ts", "test/**"],
    listen: whereverFound([
      'MemberExpression[object.name="process"][property.name="env"]',
      'MemberExpression[object.name="process"][property.value="env"]',
      'VariableDeclarator[init.name="process"] > ObjectPattern > Property[key.name="env"]',
      `ImportDeclaration${processModules} > ImportSpecifier[imported.name="env"]`,
    ]),
  },
  {
    name: "no-default-export",
    instead: "Export by name, so that one grep finds every use: `export const x`, `export function x`.",
    files: ["**/*.{ts,js}"],
    ignores: ["**/*.config.{ts,js}", "**/*.d.ts", "test/src/cloud-*.ts"],
    listen: whereverFound([
      "ExportDefaultDeclaration",
      'ExportSpecifier[exported.name="default"]',
      'ExportSpecifier[exported.value="default"]',
    ]),
  },
  {
    name: "no-focused-or-skipped-test",
    instead:
      "Run one test with `npm test -- <path> -t <title>`; mend or delete a broken one; what needs Docker runs only in test:localstack.",
    files: [...testFiles, ...testTools],
    listen: whereverFound([
      "MemberExpression[object.name=/^(it|test|describe)$/][property.name=/^(only|skip|todo|failing)$/]",
      'MemberExpression[object.property.name="concurrent"][property.name=/^(only|skip)$/]',
      "CallExpression > Identifier.callee[name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]",
      "MemberExpression > Identifier.object[name=/^(fit|fdescribe|xit|xtest|xdescribe)$/]",
    ]),
  },
  {
    name: "no-service-import",
    instead: "Services meet on the queue only: put what both need into a package under libs/, or send a command.",
    files: ["libs/**/*.ts", "services/**/*.ts"],
    listen: whenImporting(({ specifier }) => /^@lanyard\/[^/]+-service(\/|$)/.test(specifier)),
  },
  {
    name: "no-path-into-another-workspace",
    instead: 'Import the package by its name ("@lanyard/…"): its index.ts says what it offers.',
    files: ["**/*.ts"],
    listen: whenImporting(leavesItsWorkspace),
  },
  {
    name: "no-deep-import",
    instead: 'Import from "@lanyard/x", "@lanyard/x/testing" or "@lanyard/x/stack"; export what is missing there.',
    files: ["**/*.ts"],
    listen: whenImporting(({ specifier }) => /^@lanyard\/[^/]+\/(?!(testing|stack)$)/.test(specifier)),
  },
  {
    name: "no-testing-import",
    instead: 'Only tests may use what a "testing" folder offers; take the real adapter as an argument instead.',
    files: ["**/*.ts"],
    ignores: [...testFiles, ...testTools, "scripts/**"],
    listen: whenImporting(({ specifier }) => /(^\.{1,2}|^@lanyard\/[^/]+)\/(.*\/)?testing(\/|$)/.test(specifier)),
  },
  {
    name: "contracts-import-zod-only",
    instead:
      "Contracts are vocabulary: keep them to zod and files of their own; move behaviour to the lib that needs it.",
    files: ["libs/contracts/**/*.ts"],
    ignores: testFiles,
    listen: whenImporting(({ specifier }) => specifier !== "zod" && !isRelative(specifier)),
  },
  {
    name: "pure-core-imports-types-only",
    instead: "A decision is pure: use `import type`, and let the command's file do the I/O and pass in what it found.",
    files: ["**/decide-*.ts", "**/state.ts"],
    ignores: testFiles,
    listen: whenImporting(
      ({ specifier, isTypeOnly }) =>
        !isTypeOnly &&
        (!isRelative(specifier) || /(\.(dynamo|sqs|sns|memory)|\/(main|clock|random)|-main)\.ts$/.test(specifier)),
    ),
  },
  {
    name: "no-built-expression",
    instead:
      "Write a DynamoDB expression as one literal with #names and :values; what varies goes into ExpressionAttributeNames and ExpressionAttributeValues.",
    files: ["**/*.ts"],
    listen: whereExpressionsAreBuilt,
  },
  {
    name: "no-ambient-time",
    instead:
      "Take the time as an argument (`now: Date`, or `now: () => Date` in a dependency); only main.ts and clock.ts ask the clock.",
    files: ["libs/**/*.ts", "services/**/*.ts"],
    ignores: [...entryPoints, ...testFiles, ...testTools, "**/clock.ts", "libs/local-cloud/**"],
    listen: whereverFound([
      'MemberExpression[object.name="Date"][property.name="now"]',
      'NewExpression[callee.name="Date"][arguments.length=0]',
      'CallExpression[callee.name="Date"]',
    ]),
  },
  {
    name: "no-ambient-randomness",
    instead:
      "Derive ids and secrets from the operation id, or take them as an argument; only main.ts and random.ts roll dice.",
    files: ["libs/**/*.ts", "services/**/*.ts"],
    ignores: [...entryPoints, ...testFiles, ...testTools, "**/random.ts", "libs/local-cloud/**"],
    listen: whereverFound([
      'MemberExpression[object.name="Math"][property.name="random"]',
      `MemberExpression[object.name=/crypto/i][property.name=${cryptoRandom}]`,
      `MemberExpression[object.property.name="crypto"][property.name=${cryptoRandom}]`,
      `ImportDeclaration${cryptoModules} > ImportSpecifier[imported.name=${cryptoRandom}]`,
    ]),
  },
];

const ruleOf = ({ instead, listen }) => ({
  meta: { type: "problem", schema: [], messages: { instead } },
  create: (context) => listen((node) => context.report({ node, messageId: "instead" }), context.filename),
});

const plugin = { rules: Object.fromEntries(bans.map((ban) => [ban.name, ruleOf(ban)])) };

/** The bans as flat configuration objects, to be spread into `eslint.config.js`. */
export const banConfigs = [
  { name: "lanyard/plugin", plugins: { lanyard: plugin } },
  ...bans.map(({ name, files, ignores = [] }) => ({
    name: `lanyard/${name}`,
    files,
    ignores,
    rules: { [`lanyard/${name}`]: "error" },
  })),
];
