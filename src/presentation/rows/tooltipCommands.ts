import { commandIds } from '../../ids';

/** The commands that a tooltip's links may run. */
export const tooltipCommands: readonly string[] = [commandIds.openDashboard, commandIds.copyFlowId];
