// The unchanged camunda-external-task-client-js as a worker: what to do with a task is said by
// its variable `do`. Ends when as many tasks as asked for were handled.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [base, user, password, wanted, folder] = process.argv.slice(2);
const require = createRequire(pathToFileURL(folder + "/"));
const { Client, Variables, File, BasicAuthInterceptor } = await import(
  pathToFileURL(require.resolve("camunda-external-task-client-js", { paths: [folder] })).href
);

const handled = [];
const problems = [];
const auth = new BasicAuthInterceptor({ username: user, password });
const client = new Client({ baseUrl: base, interceptors: auth, workerId: "javascript",
  maxTasks: 3, lockDuration: 10000, asyncResponseTimeout: 5000, usePriority: true });
for (const what of ["complete", "handleFailure", "handleBpmnError", "extendLock", "unlock", "lock", "poll"]) {
  client.on(`${what}:error`, (...given) => problems.push(`${what}: ${given.map(String).join(" ")}`));
}

client.subscribe("t", { includeExtensionProperties: true }, async ({ task, taskService }) => {
  try {
    const what = task.variables.get("do");
    handled.push(what);
    if (what === "fail") {
      const retries = task.retries === null || task.retries === undefined ? 2 : task.retries;
      await taskService.handleFailure(task, { errorMessage: "it failed", errorDetails: "d",
        retries: Math.max(0, retries - 1), retryTimeout: 0 });
    } else if (what === "error") {
      await taskService.handleBpmnError(task, "bad", "really bad", new Variables().set("why", "javascript"));
    } else if (what === "extend") {
      await taskService.extendLock(task, 20000);
      await taskService.lock(task, 15000);
      await taskService.complete(task);
    } else if (what === "unlock" && handled.filter((w) => w === "unlock").length === 1) {
      await taskService.unlock(task);
    } else if (what === "file") {
      const file = task.variables.get("file");
      await file.load();
      const text = file.content.toString();
      const made = await new File({ localPath: process.argv[1] }).load();
      await taskService.complete(task, new Variables().set("read", text).set("made", made));
    } else {
      const variables = new Variables().set("text", "ü").set("flag", true).set("nothing", null)
        .set("map", { a: [1] }).setTyped("number", { value: 5, type: "integer", valueInfo: {} })
        .setTyped("when", { value: new Date(0), type: "date", valueInfo: {} });
      await taskService.complete(task, variables, new Variables().set("own", "local"));
    }
  } catch (error) {
    problems.push(String(error));
  }
  if (handled.length >= Number(wanted)) {
    setTimeout(() => {
      console.log(JSON.stringify(handled));
      if (problems.length) console.error(problems.join("\n"));
      process.exit(problems.length ? 1 : 0);
    }, 1000);
  }
});
setTimeout(() => { console.error("too late", handled, problems); process.exit(2); }, 120000);
