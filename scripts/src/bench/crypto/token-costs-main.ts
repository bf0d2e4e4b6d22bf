import { answerQuestions } from "../../process/answer-questions.ts";
import { closedLoop } from "../measure/closed-loop.ts";
import type { TokenCostsQuestion } from "./token-costs.ts";
import { tokenOperations } from "./token-operations.ts";

const operations = tokenOperations();

answerQuestions<TokenCostsQuestion, number>(async ({ name, seconds }) => {
  const once = (await operations)[name];
  const { perSecond } = await closedLoop(
    [
      async () => {
        await once();
      },
    ],
    seconds,
  );
  return perSecond;
});
