export * from './check.ts';
export * from './checker.ts';
export * from './documents.ts';
export * from './errata.ts';
export * from './operations.ts';
export * from './report.ts';
export * from './schemas.ts';
