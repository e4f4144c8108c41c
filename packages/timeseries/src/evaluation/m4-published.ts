/** A row of the table of M4's organizers. */
export interface M4PublishedRow {
  readonly method: string;
  /** In percent. */
  readonly smape: number;
  readonly mase: number;
  readonly owa: number;
  /** Of its intervals of 95 percent, where it gave some. */
  readonly msis?: number;
}

/** A set of the competition. */
export interface M4SetFacts {
  readonly horizon: number;
  readonly season: number;
  readonly published: readonly M4PublishedRow[];
}

/**
 * What the competition's organizers measured ("Evaluation and Ranks.xlsx" of the repository Mcompetitions/M4-methods;
 * Makridakis et al. 2020). Ten of 61 methods for points; intervals of their own table.
 */
export const m4Sets: Readonly<Record<'Hourly' | 'Weekly', M4SetFacts>> = {
  Hourly: {
    horizon: 48,
    season: 24,
    published: [
      { method: 'naive', smape: 43.003, mase: 11.608, owa: 3.593, msis: 71.245 },
      { method: 'seasonal naive', smape: 13.912, mase: 1.193, owa: 0.627 },
      { method: 'Naive2', smape: 18.383, mase: 2.395, owa: 1 },
      { method: 'Theta', smape: 18.138, mase: 2.455, owa: 1.006 },
      { method: 'Damped', smape: 19.265, mase: 2.956, owa: 1.141 },
      { method: 'MLP (organizers)', smape: 13.842, mase: 2.607, owa: 0.921 },
      { method: 'RNN (organizers)', smape: 14.698, mase: 3.048, owa: 1.036 },
      { method: 'Smyl ES-RNN (winner)', smape: 9.328, mase: 0.893, owa: 0.44, msis: 7.928 },
      { method: 'Montero-Manso FFORMA', smape: 11.506, mase: 0.819, owa: 0.484 },
      { method: 'Pawlikowski', smape: 9.611, mase: 0.873, owa: 0.444 },
    ],
  },
  Weekly: {
    horizon: 13,
    season: 1,
    published: [
      { method: 'naive', smape: 9.161, mase: 2.777, owa: 1, msis: 26.358 },
      { method: 'Theta', smape: 9.093, mase: 2.637, owa: 0.971 },
      { method: 'Damped', smape: 8.866, mase: 2.404, owa: 0.917 },
      { method: 'MLP (organizers)', smape: 21.349, mase: 13.568, owa: 3.608 },
      { method: 'RNN (organizers)', smape: 15.22, mase: 5.132, owa: 1.755 },
      { method: 'Smyl ES-RNN (winner)', smape: 7.817, mase: 2.356, owa: 0.851, msis: 22.034 },
      { method: 'Montero-Manso FFORMA', smape: 7.625, mase: 2.108, owa: 0.796 },
      { method: 'Pawlikowski', smape: 6.919, mase: 2.158, owa: 0.766 },
    ],
  },
};
