import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.logging.LogManager;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;

/**
 * veraPDF over many files in one process: {@code java Vera 4f,ua2 A.pdf B.pdf …}.
 *
 * <p>One line for each file and flavour, {@code PASS}, {@code FAIL} or {@code ERROR}, then flavour, number of checks and file, parted by
 * tabs; below a FAIL one line for each rule that was broken, with how often and where first. The exit code is 0 if everything passed.
 */
public final class Vera {
    private Vera() {}

    public static void main(String[] arguments) {
        // The engine logs to the console what it also says in its results.
        LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        boolean allPassed = arguments.length > 1;
        List<PDFAFlavour> flavours = Arrays.stream(arguments[0].split(",")).map(Vera::flavour).toList();
        for (String file : List.of(arguments).subList(1, arguments.length)) {
            for (PDFAFlavour flavour : flavours) {
                allPassed &= passes(Path.of(file), flavour);
            }
        }
        System.exit(allPassed ? 0 : 1);
    }

    private static PDFAFlavour flavour(String id) {
        PDFAFlavour flavour = PDFAFlavour.byFlavourId(id);
        if (flavour == PDFAFlavour.NO_FLAVOUR) {
            throw new IllegalArgumentException("veraPDF has no flavour " + id);
        }
        return flavour;
    }

    private static boolean passes(Path file, PDFAFlavour flavour) {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(file.toFile(), flavour);
                PDFAValidator validator = Foundries.defaultInstance().createValidator(flavour, false)) {
            ValidationResult result = validator.validate(parser);
            // A file in which nothing was looked at has not passed.
            boolean passed = result.isCompliant() && result.getTotalAssertions() > 0;
            say(passed ? "PASS" : "FAIL", flavour.getId(), result.getTotalAssertions(), file);
            broken(result).forEach((rule, what) -> say("", rule, what.count, what.first));
            return passed;
        } catch (Exception fault) {
            say("ERROR", flavour.getId(), fault, file);
            return false;
        }
    }

    private static Map<String, Broken> broken(ValidationResult result) {
        Map<String, Broken> rules = new LinkedHashMap<>();
        for (TestAssertion assertion : result.getTestAssertions()) {
            if (assertion.getStatus() == TestAssertion.Status.FAILED) {
                String rule = assertion.getRuleId().getClause() + "-" + assertion.getRuleId().getTestNumber();
                String first = assertion.getMessage() + " @ " + assertion.getLocation().getContext();
                rules.computeIfAbsent(rule, r -> new Broken(first)).count++;
            }
        }
        return rules;
    }

    private static void say(Object... fields) {
        System.out.println(String.join("\t", Arrays.stream(fields).map(f -> String.valueOf(f).replaceAll("\\s+", " ")).toList()));
    }

    private static final class Broken {
        private final String first;
        private int count;

        private Broken(String first) {
            this.first = first;
        }
    }
}
