// Asks veraPDF about files: `java -cp … Verapdf.java flavour,flavour file…`. One line for each file and flavour:
// « name flavour ok » or « name flavour » followed by the clauses that fail.

import java.io.FileInputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.TreeSet;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;

class Verapdf {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String file : Arrays.copyOfRange(arguments, 1, arguments.length))
            for (String flavour : arguments[0].split(","))
                System.out.println(Path.of(file).getFileName() + " " + flavour + " " + verdict(file, PDFAFlavour.fromString(flavour)));
    }

    static String verdict(String file, PDFAFlavour flavour) throws Exception {
        var foundry = Foundries.defaultInstance();
        try (var stream = new FileInputStream(file); var parser = foundry.createParser(stream, flavour)) {
            var result = foundry.createValidator(flavour, false).validate(parser);
            if (result.isCompliant()) return "ok";
            var clauses = new TreeSet<String>();
            for (TestAssertion assertion : result.getTestAssertions())
                if (assertion.getStatus() == TestAssertion.Status.FAILED)
                    clauses.add(assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber() + ": " + assertion.getMessage());
            return String.join(" | ", clauses);
        }
    }
}
