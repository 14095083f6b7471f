"""The CUDA kernel of `CudaEngine`, to be compiled behind the definitions of its constants."""

KERNEL = "evaluate_networks"
CONSTANTS = ("N", "INPUTS", "OUTPUTS", "BIAS", "LANES", "THREADS", "ON_CHIP", "OWN_INPUTS")
"""Integers: sizes of a network (BIAS is 0 or 1); LANES rows are computed at a time by THREADS threads; ON_CHIP is 1 if
the states are in shared memory; OWN_INPUTS is 1 if every network has inputs of its own."""

SOURCE = r"""
constexpr int SENDERS = N + INPUTS;
constexpr int READ = N + BIAS;
constexpr int STRIP = (N + LANES - 1) / LANES;

extern __shared__ __align__(16) double on_chip[];

struct Rows {
    const int *starts, *parents, *first_child, *children;
    int n_steps, n;
};

/* z and D = dE/dx have N values a row, e = dE/dy has OUTPUTS. */
struct States {
    double *z, *D, *e;
};

__device__ __forceinline__ double dot(const double *w, const double *x)
{
    double sums[4] = {0.0, 0.0, 0.0, 0.0};
#pragma unroll
    for (int j = 0; j < N; ++j)
        sums[j % 4] += w[j] * x[j];
    return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

__device__ __forceinline__ double sum_of_products(const double *a, int step_a, const double *b, int step_b, int n)
{
    double sum = 0.0;
#pragma unroll 8
    for (int row = 0; row < n; ++row)
        sum += a[row * step_a] * b[row * step_b];
    return sum;
}

__device__ double sum_over_threads(double value)
{
    const int thread = threadIdx.x;
    on_chip[thread] = value;
    __syncthreads();
    for (int n = THREADS; n > 1; n = (n + 1) / 2) {
        const int half = (n + 1) / 2;
        if (thread + half < n)
            on_chip[thread] += on_chip[thread + half];
        __syncthreads();
    }
    return on_chip[0];
}

/* B u for all rows at once; then z = tanh(A z' + B u) step by step. A thread keeps its unit's weights in registers. */
__device__ void run_forward(const double *AB, const double *inputs, Rows rows, double *z)
{
    const int unit = threadIdx.x % N, lane = threadIdx.x / N;
    double a[N], b[INPUTS];
#pragma unroll
    for (int j = 0; j < N; ++j)
        a[j] = AB[unit * SENDERS + j];
#pragma unroll
    for (int j = 0; j < INPUTS; ++j)
        b[j] = AB[unit * SENDERS + N + j];
    if (lane < LANES)
        for (int row = lane; row < rows.n; row += LANES) {
            double drive = 0.0;
#pragma unroll
            for (int j = 0; j < INPUTS; ++j)
                drive += b[j] * inputs[row * INPUTS + j];
            z[row * N + unit] = drive;
        }
    __syncthreads();
    for (int step = 0; step < rows.n_steps; ++step) {
        if (lane < LANES)
            for (int row = rows.starts[step] + lane; row < rows.starts[step + 1]; row += LANES) {
                double x = z[row * N + unit];
                if (step > 0)
                    x += dot(a, z + rows.parents[row] * N);
                z[row * N + unit] = tanh(x);
            }
        __syncthreads();
    }
}

/* Loss of the network, the same in every thread; e for every row. */
__device__ double read_out(const double *C, const double *targets, const double *multiplicity, Rows rows, States s)
{
    double loss = 0.0;
    for (int n = threadIdx.x; n < rows.n * OUTPUTS; n += THREADS) {
        const int row = n / OUTPUTS;
        const double *c = C + (n % OUTPUTS) * READ;
        const double error = dot(c, s.z + row * N) + (BIAS ? c[READ - 1] : 0.0) - targets[n];
        loss += multiplicity[row] * error * error;
        s.e[n] = 2.0 * multiplicity[row] * error;
    }
    return sum_over_threads(loss);
}

/* D = (1 - z^2) (C^T e + A^T D of the children), step by step from the last. */
__device__ void run_backward(const double *AB, const double *C, Rows rows, States s)
{
    const int unit = threadIdx.x % N, lane = threadIdx.x / N;
    double a[N], c[OUTPUTS];
#pragma unroll
    for (int i = 0; i < N; ++i)
        a[i] = AB[i * SENDERS + unit];
#pragma unroll
    for (int o = 0; o < OUTPUTS; ++o)
        c[o] = C[o * READ + unit];
    for (int step = rows.n_steps - 1; step >= 0; --step) {
        if (lane < LANES)
            for (int row = rows.starts[step] + lane; row < rows.starts[step + 1]; row += LANES) {
                const double z = s.z[row * N + unit];
                double sum = 0.0;
#pragma unroll
                for (int o = 0; o < OUTPUTS; ++o)
                    sum += c[o] * s.e[row * OUTPUTS + o];
                for (int n = rows.first_child[row]; n < rows.first_child[row + 1]; ++n)
                    sum += dot(a, s.D + rows.children[n] * N);
                s.D[row * N + unit] = (1.0 - z * z) * sum;
            }
        __syncthreads();
    }
}

/* dE/dA = sum of D z'^T over the rows that have a parent; a thread sums STRIP neighbours in one column. */
__device__ void collect_recurrent(Rows rows, States s, double *dAB)
{
    const int unit = threadIdx.x % N, first = threadIdx.x / N * STRIP;
    if (first >= N)
        return;
    double sums[STRIP] = {};
#pragma unroll 4
    for (int row = rows.starts[1]; row < rows.n; ++row) {
        const double before = s.z[rows.parents[row] * N + unit];
#pragma unroll
        for (int i = 0; i < STRIP; ++i)
            if (first + i < N)
                sums[i] += s.D[row * N + first + i] * before;
    }
#pragma unroll
    for (int i = 0; i < STRIP; ++i)
        if (first + i < N)
            dAB[(first + i) * SENDERS + unit] = sums[i];
}

/* dE/dB = sum of D u^T, dE/dC = sum of e z^T; the bias reads a constant 1. */
__device__ void collect_others(const double *inputs, Rows rows, States s, double *dAB, double *dC)
{
    const double one = 1.0;
    for (int n = threadIdx.x; n < N * INPUTS + OUTPUTS * READ; n += THREADS)
        if (n < N * INPUTS) {
            const int i = n / INPUTS, j = n % INPUTS;
            dAB[i * SENDERS + N + j] = sum_of_products(s.D + i, N, inputs + j, INPUTS, rows.n);
        } else {
            const int o = (n - N * INPUTS) / READ, j = (n - N * INPUTS) % READ;
            dC[o * READ + j] = j < N ? sum_of_products(s.e + o, OUTPUTS, s.z + j, N, rows.n)
                                     : sum_of_products(s.e + o, OUTPUTS, &one, 0, rows.n);
        }
}

extern "C" __global__ void __launch_bounds__(THREADS) evaluate_networks(
    const double *__restrict__ theta, double *__restrict__ gradient, double *__restrict__ loss,
    const double *__restrict__ targets, const double *__restrict__ multiplicity, const double *__restrict__ inputs,
    const int *__restrict__ starts, const int *__restrict__ parents, const int *__restrict__ first_child,
    const int *__restrict__ children, double *scratch, int n_steps)
{
    const size_t network = blockIdx.x;
    const Rows rows = {starts, parents, first_child, children, n_steps, starts[n_steps]};
    const double *AB = theta + network * (N * SENDERS + OUTPUTS * READ), *C = AB + N * SENDERS;
    double *dAB = gradient + network * (N * SENDERS + OUTPUTS * READ);
    const double *u = inputs + (OWN_INPUTS ? network * rows.n * INPUTS : 0);
    double *z = ON_CHIP ? on_chip + THREADS : scratch + network * rows.n * (2 * N + OUTPUTS);
    const States s = {z, z + rows.n * N, z + 2 * rows.n * N};

    if (AB[0] != AB[0]) {
        for (int n = threadIdx.x; n < N * SENDERS + OUTPUTS * READ; n += THREADS)
            dAB[n] = AB[0];
        if (threadIdx.x == 0)
            loss[network] = AB[0];
        return;
    }
    run_forward(AB, u, rows, s.z);
    const double error = read_out(C, targets + network * rows.n * OUTPUTS, multiplicity, rows, s);
    if (threadIdx.x == 0)
        loss[network] = error;
    run_backward(AB, C, rows, s);
    collect_recurrent(rows, s, dAB);
    collect_others(u, rows, s, dAB, dAB + N * SENDERS);
}
"""
