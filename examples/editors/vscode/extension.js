// Starts `runbook lsp` and hands the texts of runbooks and policies to it.
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function activate(context) {
  const settings = workspace.getConfiguration("runbook");
  const server = { command: settings.get("path"), args: ["lsp"], transport: TransportKind.stdio };
  client = new LanguageClient("runbook", "Runbooks", { run: server, debug: server }, {
    // The server looks at what a YAML file holds; one that is no runbook and no policy gets no answers.
    documentSelector: [{ language: "runbook" }, { language: "yaml", scheme: "file" }],
    initializationOptions: { checkDelay: settings.get("checkDelay") },
    synchronize: { fileEvents: workspace.createFileSystemWatcher("**/*.{yml,yaml,runbook,j2,json}") },
  });
  context.subscriptions.push(client);
  return client.start();
}

function deactivate() {
  return client ? client.stop() : undefined;
}

module.exports = { activate, deactivate };
