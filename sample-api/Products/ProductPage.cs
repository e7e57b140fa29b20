namespace SampleApi;

/// <summary>What <c>GET /products/{id}</c> answers.</summary>
internal sealed record ProductPage(int Id, string Name, decimal Price, int Stock, IReadOnlyList<Review> Reviews);

/// <summary>What <c>GET /products</c> answers: the pages in the order of the ids, and the ids of products that do not exist.</summary>
internal sealed record ProductList(IReadOnlyList<ProductPage> Products, IReadOnlyList<int> Missing);
