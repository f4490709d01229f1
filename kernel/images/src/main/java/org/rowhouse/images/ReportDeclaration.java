package org.rowhouse.images;

/**
 * One query of the report that follows a run. It is read in the component's schema, in a
 * transaction that only reads.
 *
 * @param title what the rows tell
 * @param file the .sql file within the component that holds the one statement
 */
public record ReportDeclaration(String title, String file) {}
