export * from './aka.ts';
export * from './kdf.ts';
export * from './key-hierarchy.ts';
export * from './milenage.ts';
export * from './nas-algorithms.ts';
export * from './sqn.ts';
export * from './suci.ts';
