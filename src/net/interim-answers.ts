/** Interim responses (1xx) that a server may send before its response to one request. */
export const mostInterimAnswers = 16;
