/** What the country shapes say of themselves: names, ISO 3166-1 codes, area, and a tint unlike the neighbours'. */

import { boundsOf, largestPolygon, sphericalArea, squaredDistance } from './geometry.js';

/** ISO 3166-1: alpha-2, alpha-3 and numeric code of each country of the data, run together. */
const ISO_3166 = `
  AFAFG004 AXALA248 ALALB008 DZDZA012 ASASM016 ADAND020 AOAGO024 AIAIA660 AQATA010 AGATG028 ARARG032
  AMARM051 AWABW533 AUAUS036 ATAUT040 AZAZE031 BSBHS044 BHBHR048 BDBGD050 BBBRB052 BYBLR112 BEBEL056
  BZBLZ084 BJBEN204 BMBMU060 BTBTN064 BOBOL068 BABIH070 BWBWA072 BRBRA076 IOIOT086 BNBRN096 BGBGR100
  BFBFA854 BIBDI108 CVCPV132 KHKHM116 CMCMR120 CACAN124 KYCYM136 CFCAF140 TDTCD148 CLCHL152 CNCHN156
  COCOL170 KMCOM174 CGCOG178 CDCOD180 CKCOK184 CRCRI188 CICIV384 HRHRV191 CUCUB192 CWCUW531 CYCYP196
  CZCZE203 DKDNK208 DJDJI262 DMDMA212 DODOM214 ECECU218 EGEGY818 SVSLV222 GQGNQ226 ERERI232 EEEST233
  SZSWZ748 ETETH231 FKFLK238 FOFRO234 FJFJI242 FIFIN246 FRFRA250 PFPYF258 TFATF260 GAGAB266 GMGMB270
  GEGEO268 DEDEU276 GHGHA288 GIGIB292 GRGRC300 GLGRL304 GDGRD308 GUGUM316 GTGTM320 GGGGY831 GNGIN324
  GWGNB624 GYGUY328 HTHTI332 HMHMD334 VAVAT336 HNHND340 HKHKG344 HUHUN348 ISISL352 ININD356 IDIDN360
  IRIRN364 IQIRQ368 IEIRL372 IMIMN833 ILISR376 ITITA380 JMJAM388 JPJPN392 JEJEY832 JOJOR400 KZKAZ398
  KEKEN404 KIKIR296 KPPRK408 KRKOR410 KWKWT414 KGKGZ417 LALAO418 LVLVA428 LBLBN422 LSLSO426 LRLBR430
  LYLBY434 LILIE438 LTLTU440 LULUX442 MOMAC446 MGMDG450 MWMWI454 MYMYS458 MVMDV462 MLMLI466 MTMLT470
  MHMHL584 MRMRT478 MUMUS480 MXMEX484 FMFSM583 MDMDA498 MCMCO492 MNMNG496 MEMNE499 MSMSR500 MAMAR504
  MZMOZ508 MMMMR104 NANAM516 NRNRU520 NPNPL524 NLNLD528 NCNCL540 NZNZL554 NINIC558 NENER562 NGNGA566
  NUNIU570 NFNFK574 MKMKD807 MPMNP580 NONOR578 OMOMN512 PKPAK586 PWPLW585 PSPSE275 PAPAN591 PGPNG598
  PYPRY600 PEPER604 PHPHL608 PNPCN612 PLPOL616 PTPRT620 PRPRI630 QAQAT634 ROROU642 RURUS643 RWRWA646
  BLBLM652 SHSHN654 KNKNA659 LCLCA662 MFMAF663 PMSPM666 VCVCT670 WSWSM882 SMSMR674 STSTP678 SASAU682
  SNSEN686 RSSRB688 SCSYC690 SLSLE694 SGSGP702 SXSXM534 SKSVK703 SISVN705 SBSLB090 SOSOM706 ZAZAF710
  GSSGS239 SSSSD728 ESESP724 LKLKA144 SDSDN729 SRSUR740 SESWE752 CHCHE756 SYSYR760 TWTWN158 TJTJK762
  TZTZA834 THTHA764 TLTLS626 TGTGO768 TOTON776 TTTTO780 TNTUN788 TRTUR792 TMTKM795 TCTCA796 TVTUV798
  UGUGA800 UAUKR804 AEARE784 GBGBR826 USUSA840 UMUMI581 UYURY858 UZUZB860 VUVUT548 VEVEN862 VNVNM704
  VGVGB092 VIVIR850 WFWLF876 EHESH732 YEYEM887 ZMZMB894 ZWZWE716`;

/** Names that changed since the data was made. */
const RENAMED = { Macedonia: 'North Macedonia', eSwatini: 'Eswatini', 'Faeroe Is.': 'Faroe Is.' };

/** Words that the data abbreviates to fit a label. */
const ABBREVIATED = [
  [/^Dem\. Rep\. Congo$/, 'Democratic Republic of the Congo'],
  [/^Congo$/, 'Republic of the Congo'],
  [/^S\. Geo\. and the Is\.$/, 'South Georgia and the South Sandwich Islands'],
  [/^Fr\. S\. Antarctic Lands$/, 'French Southern and Antarctic Lands'],
  [/^St\. Vin\. and Gren\.$/, 'Saint Vincent and the Grenadines'],
  [/^(Indian Ocean) Ter\.$/, 'Australian Indian Ocean Territories'],
  [/^Spratly Is\.$/, 'Spratly Islands'],
  [/\bBosnia and Herz\./, 'Bosnia and Herzegovina'],
  [/\bBarb\./, 'Barbuda'],
  [/\bRep\./, 'Republic'],
  [/\bEq\./, 'Equatorial'],
  [/\bBr\./, 'British'],
  [/\bFr\./, 'French'],
  [/\bTer\./, 'Territory'],
  [/\bIs\./, 'Islands'],
  [/\bI\./, 'Island'],
  [/^W\./, 'Western'],
  [/^N\./, 'Northern'],
  [/^S\./, 'South'],
  [/\bSt[.-] ?/, 'Saint '],
  [/\bU\.S\./, 'United States'],
  [/\bU\.N\./, 'United Nations'],
];

/** Tints in the project's palette, and the one after them, of land under ice. */
const TINTS = 6;
const ICE = new Set(['ATA', 'GRL']);

/** Columns of the countries' attribute table. */
export const COUNTRY_FIELDS = {
  name: 'text',
  full_name: 'text',
  iso_a2: 'text',
  iso_a3: 'text',
  iso_n3: 'text',
  area_km2: 'integer',
  tint: 'integer',
};

/**
 * One entry per country of the most detailed data, by its key. `countries`: `{ key, name, id, polygons }`;
 * `borders`: pairs of keys that share a border.
 */
export function describeCountries(countries, borders) {
  const codes = new Map(
    ISO_3166.trim()
      .split(/\s+/)
      .map((code) => [code.slice(5), { iso_a2: code.slice(0, 2), iso_a3: code.slice(2, 5) }]),
  );
  const tints = assignTints(countries, borders);
  return new Map(
    countries.map(({ key, name, id, polygons }) => {
      const label = RENAMED[name] ?? name;
      const area = polygons.reduce((sum, [outer, ...holes]) => {
        return sum + sphericalArea(outer) - holes.reduce((cut, hole) => cut + sphericalArea(hole), 0);
      }, 0);
      const code = codes.get(id) ?? { iso_a2: '', iso_a3: '' };
      return [
        key,
        {
          name: label,
          full_name: ABBREVIATED.reduce((text, [short, long]) => text.replace(short, long), label),
          ...code,
          iso_n3: id ?? '',
          // Three significant digits: more would pretend to know, and depend on the machine's sine.
          area_km2: Number(area.toPrecision(3)),
          tint: ICE.has(code.iso_a3) ? TINTS : tints.get(key),
        },
      ];
    }),
  );
}

/**
 * Colours the map (greedy by saturation, Brélaz 1979): neighbours differ, and of the tints that are free the one
 * is taken whose nearest country is the farthest away.
 */
function assignTints(countries, borders) {
  const neighbours = new Map(countries.map(({ key }) => [key, new Set()]));
  for (const [a, b] of borders) {
    neighbours.get(a).add(b);
    neighbours.get(b).add(a);
  }
  const bounds = new Map(countries.map(({ key, polygons }) => [key, boundsOf(largestPolygon(polygons)[0])]));
  const tints = new Map();
  const takenAround = (key) => new Set([...neighbours.get(key)].map((other) => tints.get(other)));
  const distanceTo = (key, tint) => {
    const others = [...tints].filter(([, other]) => other === tint).map(([other]) => bounds.get(other));
    return Math.min(...others.map((other) => separation(bounds.get(key), other)));
  };
  const open = new Set(countries.map(({ key }) => key));
  while (open.size > 0) {
    const urgency = (key) => [
      [...takenAround(key)].filter(Number.isInteger).length,
      neighbours.get(key).size,
    ];
    const next = [...open].reduce((best, key) => (isGreater(urgency(key), urgency(best)) ? key : best));
    const taken = takenAround(next);
    const free = Array.from({ length: TINTS }, (_, tint) => tint).filter((tint) => !taken.has(tint));
    const distances = new Map(free.map((tint) => [tint, distanceTo(next, tint)]));
    tints.set(
      next,
      free.reduce((best, tint) => (distances.get(tint) > distances.get(best) ? tint : best)),
    );
    open.delete(next);
  }
  return tints;
}

/** How far two countries are apart: the gap between their bounds for the most part, and between their middles. */
function separation(a, b) {
  const gap = (low, high) => Math.max(0, a[low] - b[high], b[low] - a[high]);
  const middle = ([minX, minY, maxX, maxY]) => [(minX + maxX) / 2, (minY + maxY) / 2];
  return gap(0, 2) ** 2 + gap(1, 3) ** 2 + squaredDistance(middle(a), middle(b)) / 10;
}

function isGreater([a1, a2], [b1, b2]) {
  return a1 > b1 || (a1 === b1 && a2 > b2);
}
