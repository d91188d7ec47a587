/**
 * Lint rules of this house: functions stay short enough to be read at once.
 *
 * Tests are exempt, because a test case is one story.
 */

const FUNCTION_LINES_MAX = 60;

/** How many lines `[start, end)` of a text touches. */
function linesOf(text: string, start: number, end: number): number {
  let lines = 1;
  for (let at = text.indexOf("\n", start); at >= 0 && at < end; at = text.indexOf("\n", at + 1)) lines++;
  return lines;
}

/** Reports a function whose text from its head to its closing brace is longer than allowed. */
function checkLength(context: Deno.lint.RuleContext, node: { range: [number, number] }): void {
  if (/(_test\.ts|\/tests\/.*)$/.test(context.filename)) return;
  const lines = linesOf(context.sourceCode.text, node.range[0], node.range[1]);
  if (lines <= FUNCTION_LINES_MAX) return;
  context.report({
    range: [node.range[0], node.range[0] + 1],
    message: `Function has ${lines} lines; at most ${FUNCTION_LINES_MAX} are allowed`,
  });
}

const plugin: Deno.lint.Plugin = {
  name: "vellum",
  rules: {
    "function-length": {
      create(context) {
        return {
          FunctionDeclaration: (node) => checkLength(context, node),
          FunctionExpression: (node) => checkLength(context, node),
          ArrowFunctionExpression: (node) => checkLength(context, node),
        };
      },
    },
  },
};

export default plugin;
