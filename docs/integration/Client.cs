// A HIS at work with the diagnosis centre: order, wait, read, download, cancel, verify. .NET 8, no packages.
//
//   dotnet new console --framework net8.0 --output client && cp Client.cs client/Program.cs
//   dotnet run --project client -- URL KEY order ACCESSION QUESTION [ORDER_NUMBER]   the whole job
//   dotnet run --project client -- URL KEY cancel ORDER_ID
//   dotnet run --project client -- verify SECRET ID TIMESTAMP SIGNATURE < body       of a webhook message
//
// It prints the same lines as client.py, whose tests run in this repository; where no .NET is installed there, this
// file is not run by them.

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
try
{
    switch (args)
    {
        case ["verify", var secret, var id, var timestamp, var signatures]:
            var body = new MemoryStream();
            await Console.OpenStandardInput().CopyToAsync(body);
            var isGenuine = Webhook.IsGenuine(secret, id, timestamp, body.ToArray(), signatures);
            Console.WriteLine(isGenuine ? "genuine" : "not genuine");
            return isGenuine ? 0 : 1;
        case [var url, var key, "order", var accession, var question]:
            await new Centre(url, key).RunOrder(accession, question, Guid.NewGuid().ToString());
            return 0;
        case [var url, var key, "order", var accession, var question, var orderNumber]:
            await new Centre(url, key).RunOrder(accession, question, orderNumber);
            return 0;
        case [var url, var key, "cancel", var orderId]:
            await new Centre(url, key).CancelOrder(orderId);
            return 0;
        default:
            Console.Error.WriteLine("URL KEY order ACCESSION QUESTION [ORDER_NUMBER]\nURL KEY cancel ORDER_ID\n"
                + "verify SECRET ID TIMESTAMP SIGNATURE < body");
            return 2;
    }
}
catch (Exception fault) when (fault is Refused or HttpRequestException or IOException or TaskCanceledException)
{
    Console.Error.WriteLine(fault.Message);
    return 1;
}

/// <summary>The centre cannot do what was asked, or not in time; the message is for people.</summary>
sealed class Refused(string message) : Exception(message);

/// <summary>The order and its analyses as last seen, and whether all of it is there to be read.</summary>
sealed record Outcome(JsonElement Order, IReadOnlyList<JsonElement> Analyses, bool IsReady);

/// <summary>The centre's interface as one hospital sees it.</summary>
sealed class Centre(string url, string key)
{
    const string CursorFile = "consilium.cursor";
    const int Tries = 5;
    static readonly TimeSpan Poll = TimeSpan.FromSeconds(2);
    static readonly HashSet<int> TryAgain = [429, 502, 503, 504];
    static readonly HashSet<string> Waiting = ["requested", "matched", "analysing"];
    static readonly HashSet<string> Ended = ["concluded", "refused", "failed"];

    readonly HttpClient http =
        new(new HttpClientHandler { AllowAutoRedirect = false }) { Timeout = TimeSpan.FromSeconds(60) };

    /// <summary>Places an order. orderNumber: unique at your side; store it before, use it again after a crash.</summary>
    public async Task<JsonElement> PlaceOrder(string accessionNumber, string question, string orderNumber)
    {
        var order = new Dictionary<string, string>
        {
            ["accession_number"] = accessionNumber,
            ["exam_class"] = "outpatient",
            ["priority"] = "medium",
            ["question"] = question,
        };
        return Parsed(await Call(HttpMethod.Post, "/api/v1/orders", JsonSerializer.Serialize(order), orderNumber));
    }

    public async Task CancelOrder(string orderId)
    {
        var order = Parsed(await Call(HttpMethod.Delete, $"/api/v1/orders/{orderId}"));
        Console.WriteLine($"order {Text(order, "id")} {Text(order, "state")}: {Text(order, "state_text")}");
    }

    public async Task RunOrder(string accessionNumber, string question, string orderNumber)
    {
        var placed = await PlaceOrder(accessionNumber, question, orderNumber);
        var matching = Text(placed.GetProperty("matching"), "text");
        Console.WriteLine($"order {Text(placed, "id")} {Text(placed, "state")}: {matching}");
        var outcome = await WaitForOutcome(Text(placed, "id"));
        var order = outcome.Order;
        Console.WriteLine($"order {Text(order, "id")} {Text(order, "state")}: {Text(order, "state_text")}");
        if (Text(order, "state") == "cancelled")
        {
            return;
        }
        var study = await Get($"/api/v1/studies/{Text(order, "study_instance_uid")}");
        Console.WriteLine($"study {Text(study, "study_instance_uid")} {Text(study, "state")} "
            + $"{Text(study.GetProperty("received"), "text")}: {Text(study.GetProperty("examination"), "text")}");
        foreach (var analysis in outcome.Analyses)
        {
            await ShowAnalysis(analysis);
        }
    }

    /// <summary>Follows the events until the order has ended and every result is written.</summary>
    async Task<Outcome> WaitForOutcome(string orderId)
    {
        var limit = Environment.GetEnvironmentVariable("CONSILIUM_WAIT_S") ?? "600";
        var deadline = DateTime.UtcNow.AddSeconds(int.Parse(limit));
        var seen = await Look(orderId);
        while (!seen.IsReady)
        {
            if (DateTime.UtcNow > deadline)
            {
                throw new Refused($"order {orderId} is {Text(seen.Order, "state_text")}, waiting ended");
            }
            if (await ReadEvents(seen.Order))
            {
                seen = await Look(orderId);
            }
            else
            {
                await Task.Delay(Poll);
            }
        }
        return seen;
    }

    /// <summary>
    /// Reads one page of events behind the stored cursor; true when one was about this order or more are waiting. The
    /// cursor is stored after the page was worked off: a crash repeats a page and never skips one.
    /// </summary>
    async Task<bool> ReadEvents(JsonElement order)
    {
        var cursor = File.Exists(CursorFile) ? (await File.ReadAllTextAsync(CursorFile)).Trim() : "";
        var page = await Get("/api/v1/events" + (cursor == "" ? "" : $"?after={Uri.EscapeDataString(cursor)}"));
        var isOurs = page.GetProperty("more").GetBoolean();
        foreach (var happened in Members(page, "items"))
        {
            var studyUid = Text(happened, "study_instance_uid");
            var isOfStudy = studyUid != "" && studyUid == Text(order, "study_instance_uid");
            if (isOfStudy || Text(happened, "order_id") == Text(order, "id"))
            {
                isOurs = true;
                Console.WriteLine($"event {Text(happened, "kind")}: {Text(happened, "text")}");
            }
        }
        await File.WriteAllTextAsync($"{CursorFile}.new", Text(page, "next"));
        File.Move($"{CursorFile}.new", CursorFile, overwrite: true);
        return isOurs;
    }

    async Task<Outcome> Look(string orderId)
    {
        var order = await Get($"/api/v1/orders/{orderId}");
        var state = Text(order, "state");
        if (state == "cancelled" || Waiting.Contains(state))
        {
            return new Outcome(order, [], state == "cancelled");
        }
        var study = await Get($"/api/v1/studies/{Text(order, "study_instance_uid")}");
        var analyses = new List<JsonElement>();
        foreach (var each in Members(study, "analyses").Where(each => Ended.Contains(Text(each, "state"))))
        {
            analyses.Add(await Get($"/api/v1/analyses/{Text(each, "id")}"));
        }
        return new Outcome(order, analyses, analyses.All(each => !IsReleased(each) || Report(each) is not null));
    }

    /// <summary>Prints an analysis as a HIS would store it, and downloads its SR.</summary>
    async Task ShowAnalysis(JsonElement analysis)
    {
        var package = analysis.GetProperty("package");
        var outcome = Text(analysis, "outcome") is { Length: > 0 } told ? told : "not-released";
        Console.WriteLine($"analysis {Text(analysis, "id")} {Text(package, "name")} {Text(package, "version")} {outcome}");
        if (Text(analysis, "reason_text") != "")
        {
            Console.WriteLine($"reason {Text(analysis, "reason")}: {Text(analysis, "reason_text")}");
        }
        foreach (var finding in Members(analysis, "findings"))
        {
            var code = finding.GetProperty("code");
            Console.WriteLine($"finding {Text(finding, "number")} {Text(code, "scheme")} {Text(code, "value")}: "
                + Text(finding, "text"));
        }
        foreach (var name in new[] { "findings_text", "impression_text" }.Where(name => Text(analysis, name) != ""))
        {
            Console.WriteLine($"{name}:\n{Text(analysis, name)}");
        }
        if (Report(analysis) is { } report)
        {
            var content = await Call(HttpMethod.Get, Text(report, "href"));
            var path = $"{Text(report, "sop_instance_uid")}.dcm";
            await File.WriteAllBytesAsync(path, content);
            Console.WriteLine($"saved {path} {content.Length} bytes");
        }
    }

    static bool IsReleased(JsonElement analysis) => analysis.GetProperty("released").GetBoolean();

    /// <summary>The DICOM SR of an analysis; null while it is not written, or not released.</summary>
    static JsonElement? Report(JsonElement analysis)
    {
        var reports = Members(analysis, "results").Where(each => Text(each, "kind") == "SR").ToList();
        return reports.Count == 0 ? null : reports[0];
    }

    async Task<JsonElement> Get(string path) => Parsed(await Call(HttpMethod.Get, path));

    /// <summary>Asks, and asks again while the network or the centre is away. Every call may be repeated.</summary>
    async Task<byte[]> Call(HttpMethod method, string path, string? body = null, string? idempotencyKey = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            var wait = TimeSpan.FromSeconds(attempt);
            try
            {
                using var request = Request(method, path, body, idempotencyKey);
                using var answer = await http.SendAsync(request);
                var content = await answer.Content.ReadAsByteArrayAsync();
                if (answer.IsSuccessStatusCode)
                {
                    return content;
                }
                var told = answer.Headers.RetryAfter?.Delta;
                if (attempt == Tries || (told is null && !TryAgain.Contains((int)answer.StatusCode)))
                {
                    throw Problem(answer, content);
                }
                wait = told ?? wait;
            }
            catch (Exception fault) when (attempt < Tries && fault is HttpRequestException or TaskCanceledException)
            {
                Console.Error.WriteLine($"asking again: {fault.Message}");
            }
            await Task.Delay(wait);
        }
    }

    HttpRequestMessage Request(HttpMethod method, string path, string? body, string? idempotencyKey)
    {
        var request = new HttpRequestMessage(method, url.TrimEnd('/') + path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }
        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }
        return request;
    }

    /// <summary>RFC 9457; something between us and the centre may have answered without a problem document.</summary>
    static Refused Problem(HttpResponseMessage answer, byte[] content)
    {
        if (answer.Content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return new Refused($"HTTP {(int)answer.StatusCode}");
        }
        var problem = Parsed(content);
        return new Refused($"{Text(problem, "title")}: {Text(problem, "detail")} ({Text(problem, "code")}, "
            + $"trace {Text(problem, "trace_id")})");
    }

    static JsonElement Parsed(byte[] content) => JsonDocument.Parse(content).RootElement;

    /// <summary>A member as text; empty for null.</summary>
    static string Text(JsonElement element, string name) => element.GetProperty(name).ToString();

    /// <summary>The members of a list; none for null.</summary>
    static IEnumerable<JsonElement> Members(JsonElement element, string name)
    {
        var list = element.GetProperty(name);
        return list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray()] : [];
    }
}

static class Webhook
{
    /// <summary>
    /// Whether a webhook message was signed with a secret (Standard Webhooks 1.0.0). signatures: the header as it came,
    /// several separated by blanks while a secret is being replaced. A receiver must also check the timestamp's age and
    /// the id, as webhook_receiver.py does.
    /// </summary>
    public static bool IsGenuine(string secret, string id, string timestamp, byte[] body, string signatures)
    {
        var secretBytes = Convert.FromBase64String(secret.StartsWith("whsec_") ? secret["whsec_".Length..] : secret);
        byte[] signed = [.. Encoding.UTF8.GetBytes($"{id}.{timestamp}."), .. body];
        var expected = "v1," + Convert.ToBase64String(HMACSHA256.HashData(secretBytes, signed));
        var isGenuine = false;
        foreach (var given in signatures.Split(' '))
        {
            isGenuine |= CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(expected), Encoding.UTF8.GetBytes(given));
        }
        return isGenuine;
    }
}
