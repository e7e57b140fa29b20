using SampleApi;
using Serilog;

if (args is ["--health", string address])
{
    return await HealthProbe.RunAsync(address);
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(StartupOptions.From(args));
builder.UseDefaultUrl("http://localhost:5080");
builder.Services.AddSerilog(
    (services, logger) => logger.ReadFrom.Configuration(builder.Configuration).ReadFrom.Services(services),
    preserveStaticLogger: true);

builder.AddTelemetry();

builder.Services.AddRequestTaskGroups(builder.Configuration.GetSection("TaskGroups:Requests"));
builder.Services.AddDatabase().AddUpstreams().AddScoped<ProductPageReader>().AddSingleton<OrderEvents>();
builder.Services.AddReceipts(builder.Configuration).AddShopJobs(builder.Configuration);
builder.Services.AddSimulatedUpstreams().AddFaultInjection();
builder.Services.AddReadiness().AddFailures().AddOperations().AddShutdownTimeoutCheck();
builder.Services.AddValidation().AddOpenApi().AddControllers();

WebApplication app = builder.Build();
app.UseSerilogRequestLogging(options => RequestLog.Configure(options, app.Services.GetRequiredService<Serilog.ILogger>()));
app.UseExceptionHandler();
app.UseMiddleware<BrokenResponses>();
app.UseStatusCodePages();
app.UseAuthorization();
app.UseRequestTaskGroups();

RouteGroupBuilder shop = app.MapGroup("").WithFaultInjection();
shop.MapGetProduct();
shop.MapGetProducts();
shop.MapGetQuote();
shop.MapExportOrders();
app.MapPlaceOrder();
app.MapWatchOrders();
app.MapControllers().WithTaskGroup("page");
app.MapUpstreams();
app.MapHealth();
app.MapTaskGroups("/taskgroups").RequireAuthorization(OperationsAccess.Policy);
app.MapJobs("/jobs").RequireAuthorization(OperationsAccess.Policy);
app.MapStartPage();
app.MapOpenApi();

return await app.RunOrExplainAsync();
