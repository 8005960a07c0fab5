// npm run build: what the product needs in dist.
import { buildBundles } from './bundles.ts';

await buildBundles('--production');
