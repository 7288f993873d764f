/**
 * Names that the data sets do not bring, by hand: where a name stands and from which zoom on it is wanted.
 * Whether there is room is for `labels.js` to say.
 */

/** `zoom|longitude|latitude|name`: oceans first, then seas, gulfs and straits. */
const SEAS = `
1|-150|28|North Pacific Ocean
1|-118|-34|South Pacific Ocean
1|-43|30|North Atlantic Ocean
1|-16|-26|South Atlantic Ocean
1|80|-24|Indian Ocean
2|-160|78.5|Arctic Ocean
2|60|-61|Southern Ocean
2|-135|-63|Southern Ocean
3|15.5|33.9|Mediterranean Sea
3|-75.5|14.8|Caribbean Sea
3|-90.3|25.1|Gulf of Mexico
3|88.2|14|Bay of Bengal
3|64|15.5|Arabian Sea
3|113.8|14|South China Sea
3|133|18|Philippine Sea
3|155|-17|Coral Sea
3|160.5|-38.5|Tasman Sea
3|178|58.3|Bering Sea
3|149|53.5|Sea of Okhotsk
3|1|67.5|Norwegian Sea
3|-7|76|Greenland Sea
3|38|74|Barents Sea
3|-85.5|59.3|Hudson Bay
3|-53.5|57.3|Labrador Sea
3|-67|73.3|Baffin Bay
3|-138|72.5|Beaufort Sea
3|69|76|Kara Sea
3|127|76.3|Laptev Sea
3|163|73.3|East Siberian Sea
3|-170|70.3|Chukchi Sea
3|-45|-72|Weddell Sea
3|-178|-75.5|Ross Sea
3|-44|-57.5|Scotia Sea
3|1.5|1.2|Gulf of Guinea
3|130.5|-35|Great Australian Bight
3|-147|57|Gulf of Alaska
4|34.3|43.2|Black Sea
4|50.7|41.6|Caspian Sea
4|38.4|20|Red Sea
4|51.4|27|Persian Gulf
4|3|56.3|North Sea
4|19.2|56.6|Baltic Sea
4|-5.3|45.4|Bay of Biscay
4|41|-18.5|Mozambique Channel
4|134.8|40|Sea of Japan
4|123.2|35.6|Yellow Sea
4|125.3|29.3|East China Sea
4|111.5|-5|Java Sea
4|128|-5.6|Banda Sea
4|127.6|-11.4|Timor Sea
4|136|-9.4|Arafura Sea
4|122|3.5|Celebes Sea
4|120.2|8.6|Sulu Sea
4|95.6|11|Andaman Sea
4|101.6|9.8|Gulf of Thailand
4|48.3|12.2|Gulf of Aden
4|59.3|24.7|Gulf of Oman
4|139.3|-13.9|Gulf of Carpentaria
4|-61.5|48.2|Gulf of St. Lawrence
4|-112|-72|Amundsen Sea
4|-85|-70|Bellingshausen Sea
4|-65|-59.2|Drake Passage
4|-28.5|66.4|Denmark Strait
4|-57.8|66.8|Davis Strait
4|148.3|-4|Bismarck Sea
4|153|-8.2|Solomon Sea
4|74.8|7.8|Laccadive Sea
5|16.2|42.7|Adriatic Sea
5|25.1|38.9|Aegean Sea
5|19|37.6|Ionian Sea
5|12.1|40|Tyrrhenian Sea
5|9|43.6|Ligurian Sea
5|2.6|40.4|Balearic Sea
5|-4.9|53.8|Irish Sea
5|-8|50.3|Celtic Sea
5|-1.9|50|English Channel
5|19.9|62|Gulf of Bothnia
5|26|59.9|Gulf of Finland
5|36.7|46|Sea of Azov
5|37.6|65.4|White Sea
5|-72|62.4|Hudson Strait
5|-80.4|53.3|James Bay
5|-111|26.6|Gulf of California
5|107.8|19.9|Gulf of Tonkin
5|146|-39.8|Bass Strait
5|119.8|38.7|Bohai Sea
5|-91.6|16|Gulf of Honduras
5|-95|15.4|Gulf of Tehuantepec
5|119|-3|Makassar Strait
5|125.5|0.6|Molucca Sea
5|121|-8|Flores Sea
6|28.1|40.75|Sea of Marmara
6|9|57.9|Skagerrak
6|11.4|56.9|Kattegat
6|-66|45|Bay of Fundy
6|23.6|57.8|Gulf of Riga
6|32.9|29.2|Gulf of Suez
6|-75.3|38.9|Delaware Bay
`;

/** The same for lakes. */
const LAKES = `
4|-87.8|47.7|Lake Superior
4|-87|43.6|Lake Michigan
4|-82.4|44.9|Lake Huron
4|33|-1.2|Lake Victoria
4|108|53.4|Lake Baikal
4|-121|66.1|Great Bear Lake
4|-114.4|61.6|Great Slave Lake
5|-81.3|42.2|Lake Erie
5|-77.8|43.65|Lake Ontario
5|-98|53|Lake Winnipeg
5|29.6|-6|Lake Tanganyika
5|34.6|-12.2|Lake Malawi
5|31.4|60.8|Lake Ladoga
5|35.5|61.7|Lake Onega
5|73.9|45.8|Lake Balkhash
5|-109.5|59.2|Lake Athabasca
5|36.1|3.6|Lake Turkana
5|-69.5|-15.8|Lake Titicaca
5|-85.4|11.6|Lake Nicaragua
6|13.3|58.9|Vänern
6|14.6|58.35|Vättern
6|77.2|42.4|Issyk-Kul
6|43|38.6|Lake Van
6|45.4|37.7|Lake Urmia
6|100.2|36.9|Qinghai Lake
6|30.9|1.7|Lake Albert
6|-102.3|57.3|Reindeer Lake
6|-112.6|41.1|Great Salt Lake
6|14.5|13.1|Lake Chad
6|28|-17|Lake Kariba
6|27.5|58.6|Lake Peipus
6|0.1|7.6|Lake Volta
6|37.3|12|Lake Tana
6|-71.5|9.8|Lake Maracaibo
7|6.5|46.45|Lake Geneva
7|9.4|47.6|Lake Constance
7|17.7|46.85|Balaton
`;

/** `ISO 3166-1 alpha-3|longitude|latitude|name`; large cities first, so that they get the room. */
const CAPITALS = `
JPN|139.75|35.68|Tokyo
CHN|116.39|39.91|Beijing
IND|77.21|28.61|New Delhi
RUS|37.62|55.75|Moscow
GBR|-0.12|51.5|London
FRA|2.35|48.86|Paris
DEU|13.4|52.52|Berlin
ESP|-3.7|40.42|Madrid
ITA|12.48|41.9|Rome
USA|-77.04|38.9|Washington
MEX|-99.13|19.43|Mexico City
BRA|-47.9|-15.8|Brasília
ARG|-58.4|-34.6|Buenos Aires
EGY|31.24|30.05|Cairo
TUR|32.85|39.93|Ankara
IRN|51.42|35.69|Tehran
IDN|106.83|-6.2|Jakarta
KOR|126.98|37.56|Seoul
PHL|120.98|14.59|Manila
THA|100.5|13.75|Bangkok
BGD|90.4|23.72|Dhaka
COD|15.31|-4.33|Kinshasa
NGA|7.49|9.06|Abuja
ZAF|28.19|-25.75|Pretoria
KEN|36.82|-1.29|Nairobi
ETH|38.75|9.03|Addis Ababa
COL|-74.08|4.61|Bogotá
PER|-77.04|-12.05|Lima
CHL|-70.65|-33.45|Santiago
CAN|-75.7|45.42|Ottawa
AUS|149.13|-35.28|Canberra
SAU|46.72|24.69|Riyadh
IRQ|44.39|33.34|Baghdad
PAK|73.06|33.7|Islamabad
UKR|30.52|50.45|Kyiv
POL|21.01|52.23|Warsaw
ROU|26.1|44.43|Bucharest
AUT|16.37|48.21|Vienna
HUN|19.04|47.5|Budapest
SWE|18.07|59.33|Stockholm
NOR|10.75|59.91|Oslo
FIN|24.94|60.17|Helsinki
DNK|12.55|55.68|Copenhagen
GRC|23.73|37.98|Athens
PRT|-9.14|38.72|Lisbon
IRL|-6.26|53.35|Dublin
BEL|4.35|50.85|Brussels
NLD|4.9|52.37|Amsterdam
CHE|7.45|46.95|Bern
CZE|14.42|50.09|Prague
BLR|27.57|53.9|Minsk
SRB|20.46|44.81|Belgrade
BGR|23.32|42.7|Sofia
VEN|-66.9|10.49|Caracas
CUB|-82.37|23.13|Havana
ECU|-78.5|-0.22|Quito
DZA|3.05|36.76|Algiers
MAR|-6.84|34.02|Rabat
TUN|10.18|36.8|Tunis
LBY|13.18|32.89|Tripoli
SDN|32.53|15.58|Khartoum
SSD|31.58|4.85|Juba
AGO|13.24|-8.83|Luanda
GHA|-0.2|5.56|Accra
CIV|-5.28|6.82|Yamoussoukro
SEN|-17.44|14.69|Dakar
MLI|-8|12.65|Bamako
BFA|-1.53|12.37|Ouagadougou
NER|2.11|13.52|Niamey
TCD|15.05|12.11|N'Djamena
CMR|11.52|3.87|Yaoundé
TZA|35.74|-6.17|Dodoma
UGA|32.58|0.32|Kampala
RWA|30.06|-1.95|Kigali
MOZ|32.59|-25.95|Maputo
MDG|47.51|-18.91|Antananarivo
ZMB|28.28|-15.42|Lusaka
ZWE|31.05|-17.83|Harare
BWA|25.91|-24.65|Gaborone
NAM|17.08|-22.56|Windhoek
SOM|45.34|2.04|Mogadishu
AFG|69.18|34.53|Kabul
UZB|69.24|41.31|Tashkent
KAZ|71.43|51.18|Astana
TKM|58.38|37.95|Ashgabat
KGZ|74.58|42.87|Bishkek
TJK|68.77|38.56|Dushanbe
MNG|106.92|47.92|Ulaanbaatar
PRK|125.74|39.02|Pyongyang
VNM|105.85|21.03|Hanoi
MMR|96.12|19.75|Naypyidaw
KHM|104.92|11.56|Phnom Penh
LAO|102.6|17.97|Vientiane
MYS|101.69|3.14|Kuala Lumpur
NPL|85.32|27.71|Kathmandu
LKA|79.86|6.93|Colombo
BTN|89.64|27.47|Thimphu
SYR|36.29|33.51|Damascus
JOR|35.93|31.95|Amman
LBN|35.5|33.88|Beirut
YEM|44.21|15.36|Sana'a
OMN|58.41|23.6|Muscat
ARE|54.37|24.46|Abu Dhabi
QAT|51.5|25.29|Doha
KWT|47.95|29.36|Kuwait City
GEO|44.79|41.72|Tbilisi
ARM|44.51|40.18|Yerevan
AZE|49.86|40.39|Baku
HRV|15.97|45.81|Zagreb
SVN|14.51|46.05|Ljubljana
BIH|18.41|43.86|Sarajevo
MKD|21.43|42|Skopje
ALB|19.82|41.33|Tirana
MNE|19.26|42.44|Podgorica
SVK|17.12|48.15|Bratislava
MDA|28.86|47.01|Chișinău
LTU|25.28|54.69|Vilnius
LVA|24.11|56.95|Riga
EST|24.75|59.43|Tallinn
ISL|-21.9|64.14|Reykjavík
CYP|33.36|35.16|Nicosia
BOL|-68.15|-16.5|La Paz
PRY|-57.58|-25.28|Asunción
URY|-56.18|-34.88|Montevideo
GUY|-58.16|6.8|Georgetown
SUR|-55.19|5.84|Paramaribo
PAN|-79.53|8.98|Panama City
CRI|-84.08|9.93|San José
NIC|-86.25|12.14|Managua
HND|-87.21|14.09|Tegucigalpa
SLV|-89.2|13.69|San Salvador
GTM|-90.52|14.63|Guatemala City
BLZ|-88.77|17.25|Belmopan
JAM|-76.79|17.98|Kingston
HTI|-72.33|18.55|Port-au-Prince
DOM|-69.9|18.47|Santo Domingo
PRI|-66.1|18.42|San Juan
BHS|-77.34|25.06|Nassau
NZL|174.78|-41.29|Wellington
PNG|147.18|-9.44|Port Moresby
FJI|178.44|-18.14|Suva
SLB|159.96|-9.44|Honiara
VUT|168.32|-17.74|Port Vila
NCL|166.45|-22.27|Nouméa
TLS|125.57|-8.56|Dili
BRN|114.94|4.9|Bandar Seri Begawan
GRL|-51.7|64.18|Nuuk
GIN|-13.67|9.56|Conakry
SLE|-13.22|8.47|Freetown
LBR|-10.79|6.31|Monrovia
GNB|-15.59|11.86|Bissau
GMB|-16.6|13.44|Banjul
MRT|-15.98|18.08|Nouakchott
TGO|1.22|6.14|Lomé
BEN|2.61|6.48|Porto-Novo
GAB|9.45|0.39|Libreville
COG|15.27|-4.26|Brazzaville
CAF|18.56|4.37|Bangui
ERI|38.93|15.33|Asmara
BDI|29.92|-3.43|Gitega
MWI|33.78|-13.97|Lilongwe
LSO|27.49|-29.32|Maseru
SWZ|31.13|-26.32|Mbabane
TTO|-61.5|10.65|Port of Spain
CPV|-23.5|14.93|Praia
`;

/** `country postal code|name` of states and provinces, as far as the data has their borders. */
const SUBUNITS = `
AUS WA|Western Australia
AUS NT|Northern Territory
AUS SA|South Australia
AUS QL|Queensland
AUS TS|Tasmania
AUS VI|Victoria
AUS CT|A.C.T.
AUS NS|New South Wales
BRA AC|Acre
BRA RO|Rondônia
BRA RR|Roraima
BRA AM|Amazonas
BRA PA|Pará
BRA MS|Mato Grosso do Sul
BRA AP|Amapá
BRA MT|Mato Grosso
BRA PR|Paraná
BRA DF|Distrito Federal
BRA GO|Goiás
BRA TO|Tocantins
BRA SP|São Paulo
BRA MA|Maranhão
BRA RJ|Rio de Janeiro
BRA PI|Piauí
BRA MG|Minas Gerais
BRA ES|Espírito Santo
BRA BA|Bahia
BRA CE|Ceará
BRA SE|Sergipe
BRA AL|Alagoas
BRA RN|Rio Grande do Norte
BRA PE|Pernambuco
BRA PB|Paraíba
BRA SC|Santa Catarina
BRA RS|Rio Grande do Sul
CAN AB|Alberta
CAN BC|British Columbia
CAN MB|Manitoba
CAN NB|New Brunswick
CAN NL|Newfoundland and Labrador
CAN NS|Nova Scotia
CAN NT|Northwest Territories
CAN NU|Nunavut
CAN ON|Ontario
CAN PE|Prince Edward Island
CAN QC|Québec
CAN SK|Saskatchewan
CAN YT|Yukon
USA AK|Alaska
USA AL|Alabama
USA AR|Arkansas
USA AZ|Arizona
USA CA|California
USA CO|Colorado
USA CT|Connecticut
USA DC|District of Columbia
USA DE|Delaware
USA FL|Florida
USA GA|Georgia
USA HI|Hawaii
USA IA|Iowa
USA ID|Idaho
USA IL|Illinois
USA IN|Indiana
USA KS|Kansas
USA KY|Kentucky
USA LA|Louisiana
USA MA|Massachusetts
USA MD|Maryland
USA ME|Maine
USA MI|Michigan
USA MN|Minnesota
USA MO|Missouri
USA MS|Mississippi
USA MT|Montana
USA NC|North Carolina
USA ND|North Dakota
USA NE|Nebraska
USA NH|New Hampshire
USA NJ|New Jersey
USA NM|New Mexico
USA NV|Nevada
USA NY|New York
USA OH|Ohio
USA OK|Oklahoma
USA OR|Oregon
USA PA|Pennsylvania
USA RI|Rhode Island
USA SC|South Carolina
USA SD|South Dakota
USA TN|Tennessee
USA TX|Texas
USA UT|Utah
USA VA|Virginia
USA VT|Vermont
USA WA|Washington
USA WI|Wisconsin
USA WV|West Virginia
USA WY|Wyoming
`;

function rows(table) {
  return table
    .trim()
    .split('\n')
    .map((line) => line.split('|'));
}

/** `{ name, position, wantedZoom }` of seas and lakes. */
export const seas = rows(SEAS).map(asWater);
export const lakes = rows(LAKES).map(asWater);

function asWater([zoom, longitude, latitude, name]) {
  return { name, position: [Number(longitude), Number(latitude)], wantedZoom: Number(zoom) };
}

/** `{ name, country, position }`, the largest first. */
export const capitals = rows(CAPITALS).map(([country, longitude, latitude, name]) => ({
  name,
  country,
  position: [Number(longitude), Number(latitude)],
}));

/** Names of states and provinces by country and postal code, e.g. `USA TX`. */
export const subunitNames = new Map(rows(SUBUNITS));
