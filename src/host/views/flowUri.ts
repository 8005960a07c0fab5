import { Uri } from 'vscode';
import { flowScheme } from '../../ids';

/** The private address by which a flow's row is decorated. */
export function flowUri(key: string): Uri {
  return Uri.from({ scheme: flowScheme, path: `/${encodeURIComponent(key)}` });
}

/** Likewise that of an account, which is no flow's: those begin with digits. */
export function accountUri(name: string): Uri {
  return flowUri(`@${name}`);
}
