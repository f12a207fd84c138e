/** The kinds of connection, as numbers of an edge. */
export const connection = { direct: 0, messaging: 1, database: 2, virtual: 3 } as const;

/** The label `connection_type`, by number. */
export const connectionNames: readonly string[] = ['', 'messaging_system', 'database', 'virtual_node'];

/** The side of an edge that has no spans of its own, as a number. */
export const virtual = { none: 0, client: 1, server: 2 } as const;

/** The label `virtual_node`, by number. */
export const virtualNames: readonly string[] = ['', 'client', 'server'];
