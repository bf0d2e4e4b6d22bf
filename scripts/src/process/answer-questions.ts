/** The other end of `startAskedProcess`: answers what it is asked, and ends when nobody is left to ask. */
export function answerQuestions<Question, Answer>(answer: (question: Question) => Promise<Answer>): void {
  process.on("message", ({ id, question, cpu }: { readonly id: number; readonly question: Question; cpu?: true }) => {
    const answering: Promise<Answer | number> = cpu ? Promise.resolve(usedCpuMs()) : answer(question);
    answering.then(
      (given) => process.send?.({ id, answer: given }),
      (error: unknown) => process.send?.({ id, error: error instanceof Error ? error.stack : String(error) }),
    );
  });
  process.on("disconnect", () => process.exit(0));
}

function usedCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
