import { describe, expect, it } from "@jest/globals";
import { environmentOf, missingPartsOf, withCloud } from "./cloud-environment.ts";

const url = "http://127.0.0.1:1";

describe("what an environment leaves to the embedded cloud", () => {
  it("is everything when it names no endpoint", () => {
    expect(missingPartsOf({})).toEqual({ queues: true, tables: true });
  });

  it("is nothing when it names one endpoint for all", () => {
    expect(missingPartsOf({ AWS_ENDPOINT_URL: url })).toEqual({ queues: false, tables: false });
  });

  it("is the tables when it names SQS and SNS", () => {
    expect(missingPartsOf({ AWS_ENDPOINT_URL_SQS: url, AWS_ENDPOINT_URL_SNS: url })).toEqual({
      queues: false,
      tables: true,
    });
  });

  it("is the queues when it names DynamoDB", () => {
    expect(missingPartsOf({ AWS_ENDPOINT_URL_DYNAMODB: url })).toEqual({ queues: true, tables: false });
  });

  it("does not change with an empty variable", () => {
    expect(missingPartsOf({ AWS_ENDPOINT_URL: "" })).toEqual({ queues: true, tables: true });
  });

  it.each([
    ["SQS", "SNS"],
    ["SNS", "SQS"],
  ])("cannot be said when it names %s and not %s", (set, unset) => {
    expect(() => missingPartsOf({ [`AWS_ENDPOINT_URL_${set}`]: url })).toThrow(
      `AWS_ENDPOINT_URL_${set} is set and AWS_ENDPOINT_URL_${unset} is not`,
    );
  });
});

describe("the environment of a cloud", () => {
  it("names no endpoint for a part that is served elsewhere", () => {
    expect(environmentOf({ dynamodb: url })).toEqual({
      AWS_ENDPOINT_URL_DYNAMODB: url,
      AWS_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "lanyard-local",
      AWS_SECRET_ACCESS_KEY: "lanyard-local",
    });
  });
});

describe("an environment with the embedded cloud in it", () => {
  const mine = { AWS_PROFILE: "mine", AWS_SESSION_TOKEN: "token", AWS_REGION: "eu-west-1", HOME: "/home" };

  it("has nothing of the machine's own account when all of the cloud is embedded", () => {
    const cloud = environmentOf({ sqs: url, sns: url, dynamodb: url });
    expect(withCloud(mine, cloud)).toEqual({ ...cloud, HOME: "/home" });
  });

  it("keeps region and account when a part of the cloud is elsewhere", () => {
    expect(withCloud(mine, environmentOf({ dynamodb: url }))).toMatchObject({
      ...mine,
      AWS_ENDPOINT_URL_DYNAMODB: url,
    });
  });

  it("is the same when nothing is embedded", () => {
    expect(withCloud(mine, undefined)).toEqual(mine);
  });
});
