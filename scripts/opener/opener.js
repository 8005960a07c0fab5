'use strict';
const vscode = require('vscode');

exports.activate = async () => {
  await vscode.commands.executeCommand('workbench.view.extension.flowmeter');
  const api = await vscode.extensions.getExtension('flowmeter.flowmeter')?.activate();
  await api?.whenReady();
  const first = api?.flows()[0];
  if (first) {
    await vscode.commands.executeCommand('flowmeter.openDashboard', { account: first.account, flowId: first.flowId });
  }
};
