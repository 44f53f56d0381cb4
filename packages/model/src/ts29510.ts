/** TS 29.510 (Release 17): the data types of the NRF's four APIs. */
export * from './ts29510-bootstrapping.ts';
export * from './ts29510-disc.ts';
export * from './ts29510-nf-info.ts';
export * from './ts29510-nfm.ts';
export * from './ts29510-oauth2.ts';
