using System.Collections.Concurrent;

namespace Fred.Backends;

/// <summary>Images of the head that are being written: brings together the wish and the answer.</summary>
internal sealed class ImageWriter
{
    private readonly ConcurrentDictionary<long, TaskCompletionSource<int>> _wishes = new();

    /// <summary>Expects an image.</summary>
    /// <param name="token">Of the wish.</param>
    /// <returns>0 when it is written, else a negative errno.</returns>
    public Task<int> ExpectAsync(long token) => _wishes.GetOrAdd(token, static _ => new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    /// <summary>The head has answered.</summary>
    public void Done(long token, int status)
    {
        if (_wishes.TryRemove(token, out var wish))
        {
            wish.TrySetResult(status);
        }
    }

    /// <summary>Nobody waits any more.</summary>
    public void Forget(long token) => _wishes.TryRemove(token, out _);
}
