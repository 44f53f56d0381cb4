import { runNf } from '@twincore/sbi';
import { amf } from './nf.ts';

await runNf(amf);
