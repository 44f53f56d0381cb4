/** Why the home of a UE did not do what the AMF asked for. */
import { SbiProblem, UnexpectedAnswer } from '@twincore/sbi';

/** `NOT_REACHABLE` for no answer and for failures of the way there; else the `cause` of the home's ProblemDetails. */
export class HomeFailure extends Error {
  readonly service: 'AUSF' | 'UDM';
  readonly reason: string;
  constructor(service: 'AUSF' | 'UDM', reason: string, detail: string) {
    super(detail);
    this.service = service;
    this.reason = reason;
  }
}

/** What `call` gives; whatever goes wrong with it becomes a {@link HomeFailure}. */
export async function fromHome<T>(service: 'AUSF' | 'UDM', call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof UnexpectedAnswer) {
      const reason = error.answer.cause ?? (error.answeredStatus >= 500 ? 'NOT_REACHABLE' : 'UNSPECIFIED');
      throw new HomeFailure(service, reason, error.message);
    }
    if (error instanceof SbiProblem) {
      const reason = error.status >= 502 ? 'NOT_REACHABLE' : (error.problem.cause ?? 'UNSPECIFIED');
      throw new HomeFailure(service, reason, error.message);
    }
    throw error;
  }
}
