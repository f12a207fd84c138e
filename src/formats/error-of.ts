/** Makes the error that a fault of a text is thrown as: each user of a format has a class of its own. */
export type ErrorOf = (message: string) => Error;
