package org.rowhouse.images;

import java.util.List;

/**
 * What {@code rowhouse run FOLDER ARGUMENTS} does.
 *
 * @param function the function that is started
 * @param arguments components of its input record, in the order in which the command line fills
 *     them
 * @param report queries whose results are shown when it has succeeded, in order
 */
public record RunDeclaration(
        String function, List<String> arguments, List<ReportDeclaration> report) {
    public RunDeclaration {
        arguments = List.copyOf(arguments);
        report = List.copyOf(report);
    }
}
