import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A HIS at work with the diagnosis centre: order, wait, read, download, cancel, verify. Java 17, no libraries.
 *
 * <pre>
 * java Client.java URL KEY order ACCESSION QUESTION [ORDER_NUMBER]   the whole job, until the SR lies in this folder
 * java Client.java URL KEY cancel ORDER_ID
 * java Client.java verify SECRET ID TIMESTAMP SIGNATURE &lt; body       of a webhook message
 * </pre>
 */
public final class Client {
    static final Path CURSOR_FILE = Path.of("consilium.cursor");
    static final long POLL_MS = 2_000;
    static final int TRIES = 5;
    static final Set<Integer> TRY_AGAIN = Set.of(429, 502, 503, 504);
    static final Set<String> WAITING = Set.of("requested", "matched", "analysing");
    static final Set<String> ENDED = Set.of("concluded", "refused", "failed");
    static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    static final PrintStream ERR = new PrintStream(System.err, true, StandardCharsets.UTF_8);

    /** The centre cannot do what was asked, or not in time; the message is for people. */
    static final class Refused extends Exception {
        Refused(String message) {
            super(message);
        }
    }

    /** The order and its analyses as last seen, and whether all of it is there to be read. */
    record Outcome(Json order, List<Json> analyses, boolean ready) {}

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(10)).build();
    private final String url;
    private final String key;

    Client(String url, String key) {
        this.url = url.replaceAll("/+$", "");
        this.key = key;
    }

    /** Asks, and asks again while the network or the centre is away. Every call of this interface may be repeated. */
    byte[] call(String method, String path, String body, String... headers)
            throws IOException, InterruptedException, Refused {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(url + path))
                .timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (headers.length > 0) {
            request.headers(headers);
        }
        for (int attempt = 1; ; attempt++) {
            long waitSeconds = attempt;
            try {
                HttpResponse<byte[]> answer = http.send(request.build(), BodyHandlers.ofByteArray());
                if (answer.statusCode() / 100 == 2) {
                    return answer.body();
                }
                String told = answer.headers().firstValue("Retry-After").orElse("");
                boolean isAway = TRY_AGAIN.contains(answer.statusCode()) || !told.isEmpty();
                if (attempt == TRIES || !isAway) {
                    throw refused(answer);
                }
                waitSeconds = told.matches("\\d{1,4}") ? Long.parseLong(told) : attempt;
            } catch (IOException fault) {
                if (attempt == TRIES) {
                    throw fault;
                }
            }
            Thread.sleep(waitSeconds * 1_000);
        }
    }

    /** RFC 9457; something between us and the centre may have answered without a problem document. */
    static Refused refused(HttpResponse<byte[]> answer) {
        if (!answer.headers().firstValue("Content-Type").orElse("").startsWith("application/problem+json")) {
            return new Refused("HTTP " + answer.statusCode());
        }
        Json problem = Json.parse(answer.body());
        return new Refused(problem.text("title") + ": " + problem.text("detail") + " (" + problem.text("code")
                + ", trace " + problem.text("trace_id") + ")");
    }

    Json get(String path) throws IOException, InterruptedException, Refused {
        return Json.parse(call("GET", path, null));
    }

    /** orderNumber: unique at your side; store it before this call, use it again after a crash. */
    Json placeOrder(String accessionNumber, String question, String orderNumber)
            throws IOException, InterruptedException, Refused {
        String body = "{\"accession_number\":" + Json.quoted(accessionNumber) + ",\"exam_class\":\"outpatient\","
                + "\"priority\":\"medium\",\"question\":" + Json.quoted(question) + "}";
        return Json.parse(call("POST", "/api/v1/orders", body, "Idempotency-Key", orderNumber));
    }

    /** Follows the events until the order has ended and every result is written. */
    Outcome waitForOutcome(String orderId) throws IOException, InterruptedException, Refused {
        String limit = System.getenv().getOrDefault("CONSILIUM_WAIT_S", "600");
        long deadline = System.nanoTime() + Duration.ofSeconds(Long.parseLong(limit)).toNanos();
        Outcome seen = look(orderId);
        while (!seen.ready()) {
            if (System.nanoTime() > deadline) {
                throw new Refused("order " + orderId + " is " + seen.order().text("state_text") + ", waiting ended");
            }
            if (readEvents(seen.order())) {
                seen = look(orderId);
            } else {
                Thread.sleep(POLL_MS);
            }
        }
        return seen;
    }

    /**
     * Reads one page of events behind the stored cursor; true when one was about this order or more are waiting. The
     * cursor is stored after the page was worked off: a crash repeats a page and never skips one.
     */
    boolean readEvents(Json order) throws IOException, InterruptedException, Refused {
        String cursor = Files.exists(CURSOR_FILE) ? Files.readString(CURSOR_FILE).strip() : "";
        String after = cursor.isEmpty() ? "" : "?after=" + URLEncoder.encode(cursor, StandardCharsets.UTF_8);
        Json page = get("/api/v1/events" + after);
        boolean isOurs = page.is("more");
        for (Json event : page.list("items")) {
            String studyUid = event.text("study_instance_uid");
            boolean isOfStudy = !studyUid.isEmpty() && studyUid.equals(order.text("study_instance_uid"));
            if (isOfStudy || event.text("order_id").equals(order.text("id"))) {
                isOurs = true;
                OUT.println("event " + event.text("kind") + ": " + event.text("text"));
            }
        }
        Path fresh = Path.of(CURSOR_FILE + ".new");
        Files.writeString(fresh, page.text("next"));
        Files.move(fresh, CURSOR_FILE, StandardCopyOption.REPLACE_EXISTING);
        return isOurs;
    }

    Outcome look(String orderId) throws IOException, InterruptedException, Refused {
        Json order = get("/api/v1/orders/" + orderId);
        if (WAITING.contains(order.text("state")) || order.text("state").equals("cancelled")) {
            return new Outcome(order, List.of(), order.text("state").equals("cancelled"));
        }
        List<Json> analyses = new ArrayList<>();
        boolean isReady = true;
        for (Json each : get("/api/v1/studies/" + order.text("study_instance_uid")).list("analyses")) {
            if (ENDED.contains(each.text("state"))) {
                Json analysis = get("/api/v1/analyses/" + each.text("id"));
                analyses.add(analysis);
                isReady &= !analysis.is("released") || structuredReport(analysis) != null;
            }
        }
        return new Outcome(order, analyses, isReady);
    }

    /** The DICOM SR of an analysis; null while it is not written, or not released. */
    static Json structuredReport(Json analysis) {
        return analysis.list("results").stream().filter(each -> each.text("kind").equals("SR")).findFirst().orElse(null);
    }

    /** Prints an analysis as a HIS would store it, and downloads its SR. */
    void showAnalysis(Json analysis) throws IOException, InterruptedException, Refused {
        String outcome = analysis.text("outcome").isEmpty() ? "not-released" : analysis.text("outcome");
        Json made = analysis.at("package");
        OUT.println("analysis " + analysis.text("id") + " " + made.text("name") + " " + made.text("version") + " " + outcome);
        if (!analysis.text("reason_text").isEmpty()) {
            OUT.println("reason " + analysis.text("reason") + ": " + analysis.text("reason_text"));
        }
        for (Json finding : analysis.list("findings")) {
            Json code = finding.at("code");
            OUT.println("finding " + finding.text("number") + " " + code.text("scheme") + " " + code.text("value") + ": "
                    + finding.text("text"));
        }
        for (String name : List.of("findings_text", "impression_text")) {
            if (!analysis.text(name).isEmpty()) {
                OUT.println(name + ":\n" + analysis.text(name));
            }
        }
        Json report = structuredReport(analysis);
        if (report != null) {
            byte[] content = call("GET", report.text("href"), null);
            Path path = Path.of(report.text("sop_instance_uid") + ".dcm");
            Files.write(path, content);
            OUT.println("saved " + path + " " + content.length + " bytes");
        }
    }

    void runOrder(String accessionNumber, String question, String orderNumber)
            throws IOException, InterruptedException, Refused {
        Json placed = placeOrder(accessionNumber, question, orderNumber);
        OUT.println("order " + placed.text("id") + " " + placed.text("state") + ": " + placed.at("matching").text("text"));
        Outcome outcome = waitForOutcome(placed.text("id"));
        Json order = outcome.order();
        OUT.println("order " + order.text("id") + " " + order.text("state") + ": " + order.text("state_text"));
        if (order.text("state").equals("cancelled")) {
            return;
        }
        Json study = get("/api/v1/studies/" + order.text("study_instance_uid"));
        OUT.println("study " + study.text("study_instance_uid") + " " + study.text("state") + " "
                + study.at("received").text("text") + ": " + study.at("examination").text("text"));
        for (Json analysis : outcome.analyses()) {
            showAnalysis(analysis);
        }
    }

    void cancelOrder(String orderId) throws IOException, InterruptedException, Refused {
        Json order = Json.parse(call("DELETE", "/api/v1/orders/" + orderId, null));
        OUT.println("order " + order.text("id") + " " + order.text("state") + ": " + order.text("state_text"));
    }

    /**
     * Whether a webhook message was signed with a secret (Standard Webhooks 1.0.0). signatures: the header as it came,
     * several separated by blanks while a secret is being replaced. A receiver must also check the timestamp's age and
     * the id, as webhook_receiver.py does.
     */
    static boolean isGenuine(String secret, String id, String timestamp, byte[] body, String signatures)
            throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(Base64.getDecoder().decode(secret.replaceFirst("^whsec_", "")), "HmacSHA256"));
        mac.update((id + "." + timestamp + ".").getBytes(StandardCharsets.UTF_8));
        byte[] expected = ("v1," + Base64.getEncoder().encodeToString(mac.doFinal(body))).getBytes(StandardCharsets.UTF_8);
        boolean isGenuine = false;
        for (String given : signatures.split(" ")) {
            isGenuine |= MessageDigest.isEqual(expected, given.getBytes(StandardCharsets.UTF_8));
        }
        return isGenuine;
    }

    public static void main(String[] args) throws Exception {
        String command = args.length > 2 ? args[2] : "";
        try {
            if (args.length == 5 && args[0].equals("verify")) {
                boolean isGenuine = isGenuine(args[1], args[2], args[3], System.in.readAllBytes(), args[4]);
                OUT.println(isGenuine ? "genuine" : "not genuine");
                System.exit(isGenuine ? 0 : 1);
            } else if (command.equals("order") && (args.length == 5 || args.length == 6)) {
                String orderNumber = args.length == 6 ? args[5] : UUID.randomUUID().toString();
                new Client(args[0], args[1]).runOrder(args[3], args[4], orderNumber);
            } else if (command.equals("cancel") && args.length == 4) {
                new Client(args[0], args[1]).cancelOrder(args[3]);
            } else {
                ERR.println("java Client.java URL KEY order ACCESSION QUESTION [ORDER_NUMBER]\n"
                        + "java Client.java URL KEY cancel ORDER_ID\n"
                        + "java Client.java verify SECRET ID TIMESTAMP SIGNATURE < body");
                System.exit(2);
            }
        } catch (Refused | IOException fault) {
            ERR.println(fault.getMessage() == null ? fault.toString() : fault.getMessage());
            System.exit(1);
        }
    }

    /** As much of JSON (RFC 8259) as this needs; a HIS has a library for it. Numbers stay as they are written. */
    record Json(Object value) {
        static Json parse(byte[] content) {
            return new Json(new Reader(new String(content, StandardCharsets.UTF_8)).value());
        }

        /** A member; of null where it is missing. */
        Json at(String name) {
            return new Json(value instanceof Map<?, ?> members ? members.get(name) : null);
        }

        /** A member as text; empty for null. */
        String text(String name) {
            Object member = at(name).value();
            return member == null ? "" : member.toString();
        }

        boolean is(String name) {
            return Boolean.TRUE.equals(at(name).value());
        }

        /** The members of a list; none for null. */
        List<Json> list(String name) {
            return at(name).value() instanceof List<?> members ? members.stream().map(Json::new).toList() : List.of();
        }

        static String quoted(String text) {
            StringBuilder quoted = new StringBuilder("\"");
            for (char letter : text.toCharArray()) {
                if (letter == '"' || letter == '\\' || letter < ' ') {
                    quoted.append(String.format("\\u%04x", (int) letter));
                } else {
                    quoted.append(letter);
                }
            }
            return quoted.append('"').toString();
        }
    }

    private static final class Reader {
        private final String text;
        private int at;

        Reader(String text) {
            this.text = text;
        }

        Object value() {
            char first = next();
            if (first == '"') {
                return string();
            }
            if (first == '{') {
                Map<String, Object> members = new LinkedHashMap<>();
                for (char sign = next(); sign != '}'; sign = next()) {
                    String name = sign == ',' ? nameBehindComma() : string();
                    next(); // the colon
                    members.put(name, value());
                }
                return members;
            }
            if (first == '[') {
                List<Object> members = new ArrayList<>();
                for (char sign = next(); sign != ']'; sign = next()) {
                    if (sign != ',') {
                        at--;
                    }
                    members.add(value());
                }
                return members;
            }
            return word(at - 1);
        }

        private Object word(int start) {
            while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            String word = text.substring(start, at);
            return switch (word) {
                case "null" -> null;
                case "true" -> true;
                case "false" -> false;
                default -> word;
            };
        }

        private String nameBehindComma() {
            next(); // the quote
            return string();
        }

        /** Behind its opening quote. */
        private String string() {
            StringBuilder read = new StringBuilder();
            for (char letter = text.charAt(at++); letter != '"'; letter = text.charAt(at++)) {
                read.append(letter == '\\' ? escaped(text.charAt(at++)) : letter);
            }
            return read.toString();
        }

        private char escaped(char letter) {
            if (letter == 'u') {
                at += 4;
                return (char) Integer.parseInt(text.substring(at - 4, at), 16);
            }
            int known = "bfnrt".indexOf(letter);
            return known < 0 ? letter : "\b\f\n\r\t".charAt(known);
        }

        /** The next sign that is no blank. */
        private char next() {
            while (Character.isWhitespace(text.charAt(at))) {
                at++;
            }
            return text.charAt(at++);
        }
    }
}
