/** The components of the webview toolkit that the page uses. */
// Comes first: it answers what the toolkit asks while it loads.
import { endFocusProbe } from './focusProbe';
import { provideVSCodeDesignSystem, vsCodeButton } from '@vscode/webview-ui-toolkit';

endFocusProbe();

/** Defines `<vscode-button>`. */
export function registerComponents(): void {
  provideVSCodeDesignSystem().register(vsCodeButton());
}
